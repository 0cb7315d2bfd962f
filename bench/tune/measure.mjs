import { nodeCrypto } from 'simplejwt/crypto/node';
import { createSigner, createVerifier } from 'simplejwt/jws';
import { keysFor } from '../fixtures/keys.mjs';
import { tokenOf } from '../fixtures/tokens.mjs';
import { race } from '../harness/race.mjs';
import { compare, costOf } from '../harness/statistics.mjs';
import { asynchronous } from '../suites/async.mjs';
import { checking } from '../suites/blacklist.mjs';

/** What the verifying of this token is made of, and what each option would make of it. Times are in nanoseconds. */
export async function measure(subject, settings, { step, crewOf }) {
  const parts = await partsOf(subject, settings);
  step('algorithms');
  const algorithms = await algorithmsFor(subject, settings);
  step('cache');
  const cache = await cacheFor(subject, settings);
  step('revocation');
  const revocation = await revocationFor(settings);
  step('workers');
  const workers = await workersFor(subject, settings, crewOf);
  step('async');
  const pool = await poolFor(subject, settings);
  return { parts, algorithms, cache, revocation, workers, pool };
}

/** The pieces by themselves, in one race with the whole; what they leave is the claims' share. */
async function partsOf({ token, algorithm, options, now }, settings) {
  const [header, payload] = token.split('.');
  const start = `${header}.`;
  const dot = token.lastIndexOf('.');
  const verify = createVerifier({ ...options, clock: () => now });
  const { verifyCompact } = nodeCrypto.importVerifier({ algorithm, key: options.key });
  const toText = () => nodeCrypto.decodeText(payload, algorithm.startsWith('HS'));
  const measured = await race(
    [
      { name: 'whole', call: () => verify(token), check: () => Boolean(verify(token)) },
      { name: 'header', call: () => token.slice(0, start.length) === start, check: () => token.startsWith(start) },
      { name: 'signature', call: () => verifyCompact(token, dot), check: () => verifyCompact(token, dot) === true },
      { name: 'payload to text', call: toText, check: () => toText().startsWith('{') },
    ],
    settings,
  );
  const [whole, ...pieces] = measured;
  const told = pieces.map((piece) => ({
    name: piece.name,
    time: costOf(piece).figure,
    share: compare(piece, whole, { as: 'share' }).figure,
  }));
  const rest = Math.max(0, 1 - told.reduce((sum, { share }) => sum + share, 0));
  const time = costOf(whole).figure;
  return { time, pieces: [...told, { name: 'claims, read and checked', time: time * rest, share: rest }] };
}

/** The same claims under other algorithms. */
async function algorithmsFor({ claims, now, options, algorithm: own }, settings) {
  const { issuer, audience } = options;
  const made = [...new Set([own, ...COMMON])].flatMap((algorithm) => {
    const keys = keysFor(algorithm);
    if (keys === undefined) return [];
    const token = tokenOf(algorithm, keys, claims);
    const verify = createVerifier({ algorithms: [algorithm], key: keys.publicKey, issuer, audience, clock: () => now });
    const sign = createSigner({ algorithm, key: keys.privateKey });
    return [{ algorithm, token, verify, sign }];
  });
  const contenders = made.flatMap(({ algorithm, token, verify, sign }) => [
    { name: `verify ${algorithm}`, call: () => verify(token), check: () => Boolean(verify(token)) },
    { name: `sign ${algorithm}`, call: () => sign(claims), check: () => Boolean(verify(sign(claims))) },
  ]);
  const measured = await race(contenders, settings);
  const find = (name) => measured.find((one) => one.name === name);
  return made.map(({ algorithm, token }) => ({
    algorithm,
    length: token.length,
    verify: costOf(find(`verify ${algorithm}`)).figure,
    sign: costOf(find(`sign ${algorithm}`)).figure,
    faster: compare(find(`verify ${algorithm}`), find(`verify ${own}`)).figure,
  }));
}

/** A hit and a miss of the verified-token cache; undefined where this version has none. */
async function cacheFor({ token, options, now }, settings) {
  const clock = () => now;
  let cached;
  try {
    cached = createVerifier({ ...options, clock, verifiedTokenCache: CACHE, isRevoked: () => false });
  } catch (error) {
    if (error.code === 'unknown_option') return undefined;
    throw error;
  }
  const plain = createVerifier({ ...options, clock });
  const bytes = Buffer.from(token, 'latin1');
  const cut = () => bytes.latin1Slice(0, bytes.length);
  const measured = await race(
    [
      { name: 'miss', call: () => plain(cut()), check: () => Boolean(plain(cut())) },
      { name: 'hit', call: () => cached(cut()), check: () => Boolean(cached(cut())) },
    ],
    settings,
  );
  const [miss, hit] = measured.map((one) => costOf(one).figure);
  return { hit, miss, at: RATES.map((rate) => ({ rate, time: rate * hit + (1 - rate) * miss })) };
}

/** What asking for each jti adds, net of making the string, which the claims hold already. */
async function revocationFor(settings) {
  const { contenders } = await checking(REVOKED);
  const measured = await race(contenders, settings);
  const string = costOf(measured.find(({ floor }) => floor)).figure;
  return measured
    .filter(({ name }) => name === 'Map' || name === 'revocationList')
    .map((one) => ({ name: one.name, entries: REVOKED, adds: Math.max(0, costOf(one).figure - string) }));
}

async function workersFor({ token, options, now }, settings, crewOf) {
  const { contenders, close } = await crewOf({ options, now, tokens: [token] });
  try {
    const [one, two] = await race(contenders, { ...settings, rounds: Math.min(settings.rounds, 5) });
    return { one: costOf(one).figure, two: costOf(two).figure, faster: compare(two, one).figure };
  } finally {
    await close();
  }
}

/** A verify by nodeCryptoAsync with 16 in flight beside one on this thread; undefined where it is not worth asking. */
async function poolFor({ algorithm }, settings) {
  const row = asynchronous.rows.find(({ name }) => name === `${algorithm} verify`);
  if (row === undefined) return undefined;
  const { contenders } = row.prepare();
  const [here, pool] = await race(contenders, settings);
  return { here: costOf(here).figure, pool: costOf(pool).figure, faster: compare(pool, here).figure };
}

const COMMON = ['HS256', 'RS256', 'PS256', 'ES256', 'EdDSA'];
const RATES = [0.5, 0.9, 0.99];
const REVOKED = 100_000;
const CACHE = { maxEntries: 4096 };
