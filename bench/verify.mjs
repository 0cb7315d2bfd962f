// The hot path, and what surrounds it. Run: npm run build && node bench/verify.mjs
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { bench, group, run, summary } from 'mitata';
import { createTokenService, recommended } from 'simplejwt';
import { createSigner, createVerifier } from 'simplejwt/jws';
import { memoryStore } from 'simplejwt/storage/memory';

const keys = {
  HS256: () => ({ privateKey: randomBytes(32) }),
  RS256: () => generateKeyPairSync('rsa', { modulusLength: 2048 }),
  ES256: () => generateKeyPairSync('ec', { namedCurve: 'P-256' }),
  EdDSA: () => generateKeyPairSync('ed25519'),
};
const claims = { sub: 'ada', iss: 'https://login.example', aud: 'api', exp: 4_000_000_000, jti: 'b0b1', scope: 'read write' };

summary(() => {
  group('verify', () => {
    for (const [algorithm, generate] of Object.entries(keys)) {
      const { privateKey, publicKey = privateKey } = generate();
      const token = createSigner({ algorithm, key: privateKey })(claims);
      const verify = createVerifier({ algorithms: [algorithm], key: publicKey, issuer: claims.iss, audience: claims.aud });
      bench(algorithm, () => verify(token));
    }
  });
});

const user = { id: 1, isActive: true, credential: 'a stored hash' };
const service = createTokenService({
  ...recommended,
  signingKey: randomBytes(32),
  users: { authenticate: () => user, findById: () => user },
  store: memoryStore({ maxRecords: 10_000_000 }),
});
let { refresh } = await service.issuePair(user);
const { access } = await service.issuePair(user);
const headers = { authorization: `Bearer ${access}` };

group('service, HS256, recommended settings, memory store', () => {
  bench('authenticate', () => service.authenticate(headers));
  bench('issue a pair', () => service.issuePair(user));
  bench('refresh', async () => {
    ({ refresh } = await service.refresh(refresh));
  });
});

await run();
await service[Symbol.asyncDispose]();
