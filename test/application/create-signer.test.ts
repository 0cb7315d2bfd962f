import { createHmac, randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { nodeCrypto } from 'simplejwt/crypto/node';
import { ConfigError, createSigner, createVerifier, type Signer } from 'simplejwt/jws';
import { describe, expect, it } from 'vitest';
import { supportedAlgorithms } from '../../src/adapters/crypto/node/families.ts';
import { generateKeys } from '../adapters/crypto/generate-keys.ts';

const key = randomBytes(32);

const headerOf = (token: string): unknown => JSON.parse(Buffer.from(token.split('.')[0] ?? '', 'base64url').toString());

function refusal(attempt: () => unknown): unknown {
  try {
    attempt();
  } catch (error) {
    if (error instanceof ConfigError) return { code: error.code, option: error.option };
    throw error;
  }
  return 'nothing was refused';
}

describe('createSigner', () => {
  it('writes RFC 7515 to the letter', () => {
    const token = createSigner({ algorithm: 'HS256', key })({ sub: '17', exp: 1 });
    const input = `${Buffer.from('{"alg":"HS256","typ":"JWT"}').toString('base64url')}.${Buffer.from('{"sub":"17","exp":1}').toString('base64url')}`;
    expect(token).toBe(`${input}.${createHmac('sha256', key).update(input).digest('base64url')}`);
  });

  it.each<[object, object]>([
    [{}, { alg: 'HS256', typ: 'JWT' }],
    [{ typ: 'at+jwt' }, { alg: 'HS256', typ: 'at+jwt' }],
    [{ kid: 'one' }, { alg: 'HS256', typ: 'JWT', kid: 'one' }],
    [{ key: { kty: 'oct', k: key.toString('base64url'), kid: 'own' } }, { alg: 'HS256', typ: 'JWT', kid: 'own' }],
    [
      { key: { kty: 'oct', k: key.toString('base64url'), kid: 'own' }, kid: 'one' },
      { alg: 'HS256', typ: 'JWT', kid: 'one' },
    ],
    [{ key: nodeCrypto.importSigner({ algorithm: 'HS256', key, kid: 'its' }) }, { alg: 'HS256', typ: 'JWT', kid: 'its' }],
  ])('with %j writes the header %j', (options, header) => {
    expect(headerOf(createSigner({ algorithm: 'HS256', key, ...options })({}))).toEqual(header);
  });

  it.each(supportedAlgorithms())('signs what createVerifier accepts: %s', (algorithm) => {
    const { privateKey, publicKey } = generateKeys(algorithm);
    const sign = createSigner({ algorithm, key: privateKey });
    const verify = createVerifier({ algorithms: [algorithm], key: publicKey, clock: () => 0, maxTokenBytes: 65_536 });
    const claims = fc
      .dictionary(fc.string(), fc.jsonValue(), { maxKeys: 5 })
      .filter((set) => !REGISTERED.some((name) => Object.hasOwn(set, name)));
    fc.assert(
      fc.property(claims, (set) => JSON.stringify(verify(sign(set))) === JSON.stringify(JSON.parse(JSON.stringify(set)))),
      { numRuns: 20 },
    );
  });

  it('waits for a Signer that needs time', async () => {
    const slow: Signer = {
      algorithm: 'HS256',
      kid: 'kms',
      sign: async (data) => createHmac('sha256', key).update(data).digest(),
    };
    const token = await createSigner({ algorithm: 'HS256', key: slow })({ sub: '17' });
    expect(headerOf(token)).toEqual({ alg: 'HS256', typ: 'JWT', kid: 'kms' });
    expect(createVerifier({ algorithms: ['HS256'], key })(token)).toEqual({ sub: '17' });
  });

  it('rejects with what a backend refuses later', async () => {
    const crypto = {
      ...nodeCrypto,
      importSigner: async (): Promise<Signer> => Promise.reject(new ConfigError('invalid_key', 'key', 'no such key')),
    };
    await expect(createSigner({ algorithm: 'HS256', key, crypto })({})).rejects.toMatchObject({ code: 'invalid_key' });
  });

  it.each<[string, object, string, string]>([
    ['no algorithm', { algorithm: undefined }, 'unsupported_algorithm', 'algorithm'],
    ['none', { algorithm: 'none' }, 'unsupported_algorithm', 'algorithm'],
    ['an empty key', { key: '' }, 'invalid_key', 'key'],
    ['a short key', { key: randomBytes(31) }, 'weak_key', 'key'],
    ['a public key', { algorithm: 'EdDSA', key: generateKeys('EdDSA').publicKey }, 'key_mismatch', 'key'],
    ['a key for another algorithm', { algorithm: 'RS256', key: generateKeys('ES256').privateKey }, 'key_mismatch', 'key'],
    ['a Signer of another algorithm', { key: { algorithm: 'HS512', sign: () => new Uint8Array() } }, 'key_mismatch', 'algorithm'],
    ['an empty kid', { kid: '' }, 'invalid_option', 'kid'],
    ['a long kid', { kid: 'k'.repeat(257) }, 'invalid_option', 'kid'],
    ['a kid that is a number', { kid: 1 }, 'invalid_option', 'kid'],
    ['an empty typ', { typ: '' }, 'invalid_option', 'typ'],
    ['a typ that is a list', { typ: ['JWT'] }, 'invalid_option', 'typ'],
    ['expiresIn', { expiresIn: '5m' }, 'unknown_option', 'expiresIn'],
  ])('refuses %s', (_, options, code, option) => {
    expect(refusal(() => createSigner({ algorithm: 'HS256', key, ...options }))).toEqual({ code, option });
  });
});

/** Claims that a verifier looks at. */
const REGISTERED = ['iss', 'aud', 'sub', 'jti', 'exp', 'nbf', 'iat'];
