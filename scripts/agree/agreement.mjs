import { CHANGES, SIGNS_THE_SAME_AGAIN } from './changes.mjs';
import { generateKeys } from './keys.mjs';

/**
 * @typedef {{ readonly name: string, readonly provider: import('../../src/ports/crypto-provider.ts').CryptoProvider }} Named
 * @typedef {{ readonly change: string, readonly expected: boolean, readonly answers: Readonly<Record<string, unknown>>,
 *   readonly signedBy: string, readonly key: unknown, readonly data: string, readonly signature: string }} Disagreement
 * @typedef {{ readonly algorithm: string, readonly providers: readonly string[], readonly keys: number, readonly cases: number,
 *   readonly answers: number, readonly changes: Readonly<Record<string, number>>,
 *   readonly disagreements: readonly Disagreement[] }} Agreement
 */

/**
 * Takes one algorithm through all providers that have it. Each case is a message by chance, signed by one of them: every other case as it is, those
 * between wrong in one way. All have to answer alike, and as expected. A disagreement is told whole, with its key, so that it can be had again.
 *
 * @param {{ algorithm: string, providers: readonly Named[], cases: number, keyCount: number,
 *   random: import('./random.mjs').Random, onCase?: () => void }} options
 * @returns {Promise<Agreement>}
 */
export async function agree({ algorithm, providers, cases, keyCount, random, onCase = () => undefined }) {
  const keys = await Promise.all(generateKeys(algorithm, keyCount, random).map((key) => importedBy(providers, algorithm, key)));
  const changes = CHANGES.filter(({ algorithms }) => algorithms.test(algorithm));
  const counts = Object.fromEntries(['none', ...changes.map(({ name }) => name)].map((name) => [name, 0]));
  const disagreements = [];
  let answers = 0;

  for (let index = 0; index < cases; index++) {
    const key = random.pick(keys);
    const by = random.pick(key.crew);
    const data = random.octets(random.below(random.below(40) === 0 ? 5000 : 300));
    const good = Buffer.from(await by.signer.sign(data));
    const change = index % 2 === 0 ? NO_CHANGE : changes[(index >> 1) % changes.length];
    const signature = change.make(good, { algorithm, data, random, ...key });
    if (signature === undefined) {
      index -= 1; // such as r + n where it is too long: another message
      continue;
    }
    const expected = change.right === true;
    const given = await Promise.all(key.crew.map(async ({ name, verifier }) => [name, await verifier.verify(data, signature)]));
    answers += given.length;
    counts[change.name] += 1;
    onCase();
    const told = { signedBy: by.name, key: key.privateKey, data: hex(data), signature: hex(signature) };
    if (given.some(([, answer]) => answer !== expected)) {
      disagreements.push({ change: change.name, expected, answers: Object.fromEntries(given), ...told });
    }
    if (change === NO_CHANGE && SIGNS_THE_SAME_AGAIN.test(algorithm)) {
      const other = random.pick(key.crew);
      const again = hex(await other.signer.sign(data));
      if (again !== hex(good))
        disagreements.push({ change: 'signed again', expected: true, answers: { [other.name]: again }, ...told });
    }
  }
  const names = providers.map(({ name }) => name);
  return { algorithm, providers: names, keys: keys.length, cases, answers, changes: counts, disagreements };
}

async function importedBy(providers, algorithm, key) {
  const crew = await Promise.all(
    providers.map(async ({ name, provider }) => ({
      name,
      signer: await provider.importSigner({ algorithm, key: key.privateKey }),
      verifier: await provider.importVerifier({ algorithm, key: key.publicKey }),
    })),
  );
  return { ...key, crew };
}

const hex = (octets) => Buffer.from(octets).toString('hex');

const NO_CHANGE = { name: 'none', right: true, make: (signature) => signature };
