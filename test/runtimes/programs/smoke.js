// Runs in each runtime over the package as it is installed; only what every runtime has may be used here.
import { createTokenService, recommended } from 'simplejwt/core';
import { nobleCrypto } from 'simplejwt/crypto/noble';
import { webCrypto } from 'simplejwt/crypto/webcrypto';
import { createTokenHandler } from 'simplejwt/http/fetch';
import { createSigner, createVerifier } from 'simplejwt/jws';
import { memoryStore } from 'simplejwt/storage/memory';
import { cryptoContract } from 'simplejwt/testing';
import { createVerifier as createPortableVerifier } from 'simplejwt/verify';

/**
 * Everything the package promises here, by each portable provider and each algorithm that it has. `keys` are two key pairs an algorithm, `tokens` what
 * Node signed with the first of them, `halves` these in PEM without their public half.
 *
 * @param {{ keys: Readonly<Record<string, readonly { readonly privateKey: any, readonly publicKey: any }[]>>,
 *   tokens: Readonly<Record<string, string>>, halves: Readonly<Record<string, string>> }} given
 */
export async function smoke({ keys: given, tokens, halves }) {
  const keys = { ...given, ...(await mlDsaKeys()) };
  const checks = [];
  /** @type {Record<string, string[]>} */
  const lacking = {};
  /** @type {{ by: string, algorithm: string, token: string }[]} */
  const made = [];
  for (const [name, provider] of Object.entries({ webCrypto, nobleCrypto })) {
    const algorithms = [];
    for (const algorithm of Object.keys(keys)) {
      if (await has(provider, algorithm, keys[algorithm][0].publicKey)) algorithms.push(algorithm);
    }
    lacking[name] = Object.keys(keys).filter((algorithm) => !algorithms.includes(algorithm));
    const it = (title, run) => checks.push({ title: `${name}: ${title}`, run });

    let asked = 0;
    cryptoContract({
      name,
      provider,
      algorithms,
      generateKeys: (algorithm) => keys[algorithm][asked++ % 2],
      describe: (_title, body) => body(),
      it,
    });
    for (const algorithm of algorithms) {
      const [{ privateKey, publicKey }] = keys[algorithm];
      it(`${algorithm}: obtains, refreshes, detects reuse and logs out`, () => lifeCycle(provider, algorithm, privateKey));
      if (tokens[algorithm] === undefined) continue;
      it(`${algorithm}: verifies a token of Node, and signs one for it`, async () => {
        const verify = createVerifier({ algorithms: [algorithm], key: publicKey, crypto: provider, maxTokenBytes: 16_384 });
        equal((await verify(tokens[algorithm])).sub, 'node');
        const refused = await verify.try(tokens[algorithm].replace(/\.[^.]+\./, '.eyJzdWIiOiJldmUifQ.'));
        equal(refused.code, 'signature');
        const token = await createSigner({ algorithm, key: privateKey, crypto: provider })({ sub: name });
        equal((await verify(token)).sub, name);
        made.push({ by: name, algorithm, token });
      });
      it(`${algorithm}: verifies with keys in hand`, async () => {
        const key = await provider.importVerifier({ algorithm, key: publicKey });
        const verify = createPortableVerifier({ algorithms: [algorithm], key, maxTokenBytes: 16_384 });
        equal((await verify(tokens[algorithm])).sub, 'node');
      });
    }
    for (const [algorithm, pem] of Object.entries(halves).filter(([algorithm]) => algorithms.includes(algorithm))) {
      it(`${algorithm}: signs with PEM that leaves out the public half, and computes it`, async () => {
        const token = await createSigner({ algorithm, key: pem, crypto: provider })({ sub: name });
        const verify = createVerifier({ algorithms: [algorithm], key: keys[algorithm][0].publicKey, crypto: provider });
        equal((await verify(token)).sub, name);
        equal((await createVerifier({ algorithms: [algorithm], key: pem, crypto: provider })(token)).sub, name);
      });
    }
    it('obtains and refreshes over HTTP', () => overHttp(provider, keys.HS256[0].privateKey));
    it('draws octets by chance', async () => {
      const [octets, again] = [provider.randomBytes(100_000), provider.randomBytes(100_000)];
      equal(octets.length, 100_000);
      equal(new Set(octets).size, 256);
      equal(
        octets.every((octet, index) => octet === again[index]),
        false,
      );
      equal((await provider.digest('SHA-256', octets)).length, 32);
    });
  }
  const results = [];
  for (const { title, run } of checks) results.push(await outcomeOf(title, run));
  return { results, lacking, made };
}

async function outcomeOf(title, run) {
  try {
    await run();
    return { title, status: 'passed' };
  } catch (error) {
    return { title, status: 'failed', message: String(error?.stack ?? error) };
  }
}

/** Node makes them from 24.6 on; so they come of the runtime itself, where it has them. */
async function mlDsaKeys() {
  const pair = async (name) => {
    const made = await crypto.subtle.generateKey({ name }, true, ['sign', 'verify']);
    const [privateKey, publicKey] = await Promise.all([
      crypto.subtle.exportKey('jwk', made.privateKey),
      crypto.subtle.exportKey('jwk', made.publicKey),
    ]);
    return { privateKey, publicKey };
  };
  const keys = {};
  for (const name of ['ML-DSA-44', 'ML-DSA-65', 'ML-DSA-87']) {
    try {
      keys[name] = [await pair(name), await pair(name)];
    } catch (error) {
      if (error.name !== 'NotSupportedError') throw error;
    }
  }
  return keys;
}

/** Any other refusal than of what the runtime lacks is a fault of the provider's. */
async function has(provider, algorithm, key) {
  try {
    await provider.importVerifier({ algorithm, key });
    return true;
  } catch (error) {
    if (error.code === 'unsupported_runtime') return false;
    throw error;
  }
}

function serviceOf(provider, algorithm, signingKey) {
  const ada = { id: 1, isActive: true, credential: 'hash' };
  return createTokenService({
    ...recommended,
    tokenFamilyCheckOnAccess: true,
    maxTokenBytes: 16_384,
    algorithm,
    signingKey,
    crypto: provider,
    store: memoryStore(),
    users: { authenticate: ({ password }) => (password === 'right' ? ada : null), findById: () => ada },
    clock: () => Date.now() / 1000,
  });
}

async function lifeCycle(provider, algorithm, signingKey) {
  const service = serviceOf(provider, algorithm, signingKey);
  await service.ready();
  await refused(service.obtainPair({ username: 'ada', password: 'wrong' }), 'no_active_account');
  const first = await service.obtainPair({ username: 'ada', password: 'right' });
  equal((await service.verify(first.access)).user_id, '1');
  const second = await service.refresh(first.refresh);
  const third = await service.refresh(second.refresh);
  equal((await service.authenticate({ authorization: `Bearer ${third.access}` })).user.id, 1);
  await refused(service.refresh(first.refresh), 'reused');
  await refused(service.verify(third.access), 'family_revoked');
  const other = await service.obtainPair({ username: 'ada', password: 'right' });
  await service.blacklistFamily(other.refresh);
  await refused(service.refresh(other.refresh), 'family_revoked');
}

async function overHttp(provider, key) {
  const handler = createTokenHandler(serviceOf(provider, 'HS256', key));
  const post = async (path, body) => {
    const headers = { 'content-type': 'application/json' };
    const url = `https://login.example/api/token/${path}`;
    const response = await handler(new Request(url, { method: 'POST', headers, body: JSON.stringify(body) }));
    return { status: response.status, ...(await response.json()) };
  };
  const pair = await post('', { username: 'ada', password: 'right' });
  equal(pair.status, 200);
  equal((await post('refresh/', { refresh: pair.refresh })).status, 200);
  equal((await post('refresh/', { refresh: `${pair.refresh}AAAA` })).status, 401);
  equal((await post('verify/', { token: pair.access })).status, 200);
}

async function refused(call, code) {
  const found = await call.then(
    () => 'ok',
    (error) => error.code ?? error,
  );
  equal(found, code);
}

function equal(found, expected) {
  if (found !== expected) throw new Error(`found ${String(found)} where ${String(expected)} was due`);
}
