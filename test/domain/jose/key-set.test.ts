import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { ConfigError } from '../../../src/domain/errors.ts';
import type { Jwk } from '../../../src/domain/jose/jwk.ts';
import { fetchedKeys, parseKeys } from '../../../src/domain/jose/key-list.ts';
import { parseKey, type KeyInput } from '../../../src/domain/jose/key-material.ts';
import { createKeySet } from '../../../src/domain/jose/key-set.ts';
import { rowOf } from '../../adapters/crypto/generate-keys.ts';
import { ecPair, rsaPair } from '../../key-pairs.ts';

const ES256 = [rowOf('ES256')];
const BOTH = [rowOf('ES256'), rowOf('RS256'), rowOf('PS256')];
const ecPublic = (members: object = {}) => ({
  ...ecPair('P-256').publicKey.export({ format: 'jwk' }),
  ...members,
});
const rsaPublic = (members: object = {}) => ({ ...rsa, ...members });
const rsa = rsaPair(2048).publicKey.export({ format: 'jwk' });
const oct = (members: object = {}) => ({ kty: 'oct', k: randomBytes(32).toString('base64url'), ...members });
const materials = (...keys: Jwk[]) => keys.map((key) => parseKey(key, BOTH, 'key'));

const codeOf = (attempt: () => unknown) => {
  try {
    attempt();
    return undefined;
  } catch (error) {
    return error instanceof ConfigError ? error.code : error;
  }
};

describe('createKeySet', () => {
  it('lets a kid select among keys that were given one', () => {
    const [a, b] = materials(ecPublic({ kid: 'a' }), ecPublic({ kid: 'b' }));
    const set = createKeySet(
      [a, b].filter((key) => key !== undefined),
      ES256,
      'key',
      'in-hand',
    );
    expect(set.candidates({ alg: 'ES256', kid: 'a' })).toEqual([a]);
    expect(set.candidates({ alg: 'ES256', kid: 'b' })).toEqual([b]);
    expect(set.candidates({ alg: 'ES256', kid: 'c' })).toEqual([]);
    expect(set.candidates({ alg: 'ES256', kid: '__proto__' })).toEqual([]);
    expect(set.candidates({ alg: 'ES256' })).toEqual([a, b]);
  });

  it('ignores a kid where no key was given one', () => {
    const keys = materials(ecPublic());
    expect(createKeySet(keys, ES256, 'key', 'in-hand').candidates({ alg: 'ES256', kid: 'any' })).toEqual(keys);
  });

  it('does not let a kid select a key that was given none beside keys that were', () => {
    const keys = materials(ecPublic(), ecPublic({ kid: 'a' }));
    const set = createKeySet(keys, ES256, 'key', 'in-hand');
    expect(set.candidates({ alg: 'ES256', kid: 'other' })).toEqual([]);
    expect(set.candidates({ alg: 'ES256' })).toEqual(keys);
  });

  it('has only keys that fit the algorithm, and none for one that is not listed', () => {
    const [ec, key] = materials(ecPublic({ kid: 'a' }), rsaPublic({ kid: 'a', alg: 'RS256' }));
    const set = createKeySet(
      [ec, key].filter((one) => one !== undefined),
      BOTH,
      'key',
      'in-hand',
    );
    expect(set.candidates({ alg: 'ES256', kid: 'a' })).toEqual([ec]);
    expect(set.candidates({ alg: 'RS256', kid: 'a' })).toEqual([key]);
    for (const alg of ['PS256', 'HS256', 'none', '__proto__', 'constructor', 'es256'])
      expect(set.candidates({ alg })).toEqual([]);
  });

  it('allocates nothing when it is asked', () => {
    const set = createKeySet(materials(ecPublic({ kid: 'a' })), ES256, 'key', 'in-hand');
    expect(set.candidates({ alg: 'ES256', kid: 'a' })).toBe(set.candidates({ alg: 'ES256', kid: 'a' }));
    expect(set.candidates({ alg: 'ES256' })).toBe(set.candidates({ alg: 'ES256' }));
    expect(set.candidates({ alg: 'x' })).toBe(set.candidates({ alg: 'ES256', kid: 'x' }));
    for (const list of [set.keys, set.candidates({ alg: 'ES256' }), set.candidates({ alg: 'x' })])
      expect(Object.isFrozen(list)).toBe(true);
  });

  it('refuses bad configuration', () => {
    const create = (...keys: Jwk[]) => codeOf(() => createKeySet(materials(...keys), BOTH, 'key', 'in-hand'));
    expect(create()).toBe('invalid_key');
    expect(create(ecPublic({ kid: 'a' }), ecPublic({ kid: 'a' }))).toBe('ambiguous_key');
    expect(create(ecPublic({ kid: 'a' }), rsaPublic({ kid: 'a' }))).toBeUndefined();
    expect(create(ecPublic({ use: 'enc' }))).toBe('key_mismatch');
    expect(create(ecPublic(), oct())).toBe('key_mismatch');
    expect(create(rsaPair(1024).publicKey.export({ format: 'jwk' }))).toBe('weak_key');
    const [key] = materials(ecPublic());
    expect(
      codeOf(() =>
        createKeySet(
          Array.from({ length: 101 }, () => key).filter((one) => one !== undefined),
          BOTH,
          'key',
          'in-hand',
        ),
      ),
    ).toBe('invalid_key');
  });

  it('does without fetched keys that are unfit, secret or share a kid', () => {
    const good = ecPublic({ kid: 'good' });
    const keys = materials(
      good,
      ecPublic({ kid: 'twin' }),
      ecPublic({ kid: 'twin' }),
      ecPublic({ use: 'enc' }),
      oct({ kid: 'good' }),
    );
    const set = createKeySet(keys, [...BOTH, rowOf('HS256')], 'jwks', 'fetched');
    expect(set.candidates({ alg: 'ES256', kid: 'twin' })).toEqual([]);
    expect(set.candidates({ alg: 'ES256' })).toEqual([keys[0]]);
    expect(set.candidates({ alg: 'HS256', kid: 'good' })).toEqual([]);
    expect(createKeySet([], BOTH, 'jwks', 'fetched').candidates({ alg: 'ES256' })).toEqual([]);
  });
});

describe('parseKeys', () => {
  const kids = (input: unknown, rows = BOTH) => parseKeys(input as KeyInput, rows, 'key').map(({ kty, kid }) => kid ?? kty);

  it('flattens keys, lists and JWK Sets', () => {
    expect(kids(ecPublic())).toEqual(['EC']);
    expect(kids([ecPublic(), { keys: [rsaPublic({ kid: 'r' }), ecPublic()] }])).toEqual(['EC', 'r', 'EC']);
    expect(kids([])).toEqual([]);
  });

  it('passes over the keys of a JWK Set that are for something else', () => {
    const set = {
      keys: [
        ecPublic({ kid: 'good' }),
        ecPublic({ use: 'enc' }),
        rsaPublic({ alg: 'RSA-OAEP' }),
        { kty: 'XX' },
        { kty: 'oct', k: 'AA', use: 'enc' },
        { kty: 7 },
        {},
        ecPair('P-384').publicKey.export({ format: 'jwk' }),
      ],
    };
    expect(kids(set)).toEqual(['good']);
  });

  it('refuses a JWK Set that has nothing to verify with, or mixes kinds', () => {
    const code = (input: unknown, rows = BOTH) => codeOf(() => kids(input, rows));
    expect(code({ keys: [] })).toBe('key_mismatch');
    expect(code({ keys: [ecPublic({ use: 'enc' })] })).toBe('key_mismatch');
    expect(code({ keys: [ecPublic(), oct()] }, [...BOTH, rowOf('HS256')])).toBe('ambiguous_key');
    expect(code({ keys: [oct(), oct()] }, [rowOf('HS256')])).toBeUndefined();
    expect(code({ keys: [ecPublic({ x: 'AA' })] })).toBe('invalid_key');
    expect(code('not PEM')).toBe('invalid_key');
  });
});

describe('fetchedKeys', () => {
  it('passes over everything that is broken, unfit or secret', () => {
    const keys = [
      ecPublic({ x: 'AA' }),
      ecPublic({ kid: 1 }),
      oct(),
      { kty: 'RSA' },
      ecPublic({ kid: 'good' }),
      ecPublic({ use: 'enc' }),
    ];
    expect(fetchedKeys({ keys }, [...BOTH, rowOf('HS256')]).map(({ kid }) => kid)).toEqual(['good']);
  });
});
