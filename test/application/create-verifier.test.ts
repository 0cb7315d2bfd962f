import { randomBytes } from 'node:crypto';
import { nodeCrypto } from 'simplejwt/crypto/node';
import { ConfigError, createSigner, createVerifier, TokenError, type Jwk, type KeySource, type Verifier } from 'simplejwt/jws';
import { describe, expect, it } from 'vitest';
import { ecPair, ed25519Pair } from '../key-pairs.ts';

const NOW = 1_700_000_000;
const key = randomBytes(32);
const clock = () => NOW;
const sign = createSigner({ algorithm: 'HS256', key });
const claims = { iss: 'https://issuer.example', aud: 'api', sub: '17', iat: NOW - 10, exp: NOW + 60 };
const token = sign(claims);
const algorithms = ['HS256'] as const;

const jwkOf = (secret: Uint8Array, kid?: string): Jwk => ({
  kty: 'oct',
  k: Buffer.from(secret).toString('base64url'),
  ...(kid !== undefined && { kid }),
});

function thrown(attempt: () => unknown): unknown {
  try {
    attempt();
  } catch (error) {
    return error;
  }
  throw new Error('nothing was thrown');
}

describe('a synchronous verifier', () => {
  const verify = createVerifier({ algorithms, key, clock });

  it('answers the claims, or claims and header', () => {
    expect(verify(token)).toEqual(claims);
    expect(verify.try(token)).toEqual({ ok: true, claims, header: { alg: 'HS256', typ: 'JWT' } });
  });

  it('throws a TokenError, or answers its code', () => {
    const expired = sign({ ...claims, exp: NOW });
    expect(thrown(() => verify(expired))).toMatchObject({
      code: 'expired',
      claim: 'exp',
      status: 401,
      message: 'Token is expired',
    });
    expect(thrown(() => verify(expired))).toBeInstanceOf(TokenError);
    expect(verify.try(expired)).toEqual({ ok: false, code: 'expired', claim: 'exp' });
  });

  it('throws without a stack trace, or with that of its caller', () => {
    const full = createVerifier({ algorithms, key, clock, errors: 'full' });
    const someCaller = (attempt: (text: string) => unknown) => thrown(() => attempt('a.b.c')) as TokenError;
    const limit = Error.stackTraceLimit;
    expect(someCaller(verify).stack).toBe('TokenError: Token is invalid');
    expect(someCaller(full).stack).toMatch(/^TokenError: Token is invalid\n +at .*create-verifier\.test/);
    expect(Error.stackTraceLimit).toBe(limit);
    expect(thrown(() => createVerifier({ algorithms, key, errors: 'long' as never }))).toMatchObject({ option: 'errors' });
  });

  it('never throws from try, whatever it is given', () => {
    for (const value of [undefined, null, 1, {}, [], Symbol('x'), token.split('.'), { toString: () => token }]) {
      expect(verify.try(value as never)).toEqual({ ok: false, code: 'malformed' });
    }
  });

  it('can be passed on without its object', () => {
    const attempt = verify.try;
    expect(attempt(token).ok).toBe(true);
    expect([token, token].map((text) => verify(text))).toEqual([claims, claims]);
  });

  it('looks at the clock each time', () => {
    let now = NOW;
    const ticking = createVerifier({ algorithms, key, clock: () => now });
    expect(ticking.try(token).ok).toBe(true);
    now = NOW + 60;
    expect(ticking.try(token)).toMatchObject({ code: 'expired' });
    now = NOW - 11;
    expect(ticking.try(token)).toMatchObject({ code: 'not_yet_valid' });
  });

  it('takes two tokens that share a long beginning for two', () => {
    const long = { ...claims, padding: 'x'.repeat(400) };
    const [first, second] = [sign({ ...long, role: 'user' }), sign({ ...long, role: 'root' })];
    expect(verify(first)['role']).toBe('user');
    expect(verify(second)['role']).toBe('root');
    const [head, payload] = second.split('.');
    expect(verify.try([head, payload, first.split('.')[2]].join('.'))).toEqual({ ok: false, code: 'signature' });
  });

  it('is not changed by its options changing', () => {
    const changing = { algorithms: ['HS256'] as 'HS256'[], key: Uint8Array.from(key), clock, issuer: ['https://issuer.example'] };
    const own = createVerifier(changing);
    changing.key.fill(0);
    changing.issuer.length = 0;
    changing.algorithms.length = 0;
    expect(own.try(token).ok).toBe(true);
  });

  it('tells the time by itself', () => {
    const live = createVerifier({ algorithms, key });
    const seconds = Math.floor(Date.now() / 1000);
    expect(live.try(sign({ exp: seconds + 60 })).ok).toBe(true);
    expect(live.try(sign({ exp: seconds - 60 }))).toMatchObject({ code: 'expired' });
  });
});

describe('an asynchronous verifier', () => {
  const slow: typeof nodeCrypto extends infer Node
    ? Omit<Node, 'importVerifier'> & { importVerifier: (request: Request) => Promise<Verifier> }
    : never = {
    ...nodeCrypto,
    importVerifier: async (request: Request) => nodeCrypto.importVerifier(request),
  };
  type Request = Parameters<typeof nodeCrypto.importVerifier>[0];

  it('answers and rejects like the other', async () => {
    const verify = createVerifier({ algorithms, key, clock, crypto: slow });
    await expect(verify(token)).resolves.toEqual(claims);
    await expect(verify.try(token)).resolves.toMatchObject({ ok: true, claims });
    await expect(verify(sign({ ...claims, exp: NOW }))).rejects.toMatchObject({ code: 'expired' });
    await expect(verify.try('x')).resolves.toEqual({ ok: false, code: 'malformed' });
  });

  it('never throws synchronously', async () => {
    const source: KeySource = {
      candidates: () => {
        throw new Error('out of reach');
      },
    };
    const verify = createVerifier({ algorithms, key: source, clock });
    const answers = [verify(token), verify.try(token), verify(undefined as never), verify.try(null as never)];
    expect(answers.every((answer) => answer instanceof Promise)).toBe(true);
    const settled = await Promise.allSettled(answers);
    expect(settled).toMatchObject([
      { reason: { code: 'keys_unavailable', status: 503 } },
      { value: { ok: false, code: 'keys_unavailable' } },
      { reason: { code: 'malformed' } },
      { value: { ok: false, code: 'malformed' } },
    ]);
  });

  it('is asked with the header, and not before alg is on the list', async () => {
    const hints: unknown[] = [];
    const source: KeySource = {
      candidates: (hint) => {
        hints.push({ alg: hint.alg, kid: hint.kid });
        return [];
      },
    };
    const verify = createVerifier({ algorithms, key: source, clock });
    await expect(verify.try(createSigner({ algorithm: 'HS256', key, kid: 'one' })(claims))).resolves.toEqual({
      ok: false,
      code: 'key_unknown',
    });
    await expect(verify.try(createSigner({ algorithm: 'HS512', key: randomBytes(64) })(claims))).resolves.toEqual({
      ok: false,
      code: 'algorithm',
    });
    expect(hints).toEqual([{ alg: 'HS256', kid: 'one' }]);
  });

  it('passes a signal on', async () => {
    const controller = new AbortController();
    let given: AbortSignal | undefined;
    const source: KeySource = {
      candidates: async (_, options) => {
        given = options?.signal;
        return [];
      },
    };
    await createVerifier({ algorithms, key: source, clock }).try(token, { signal: controller.signal });
    expect(given).toBe(controller.signal);
  });
});

describe('keys', () => {
  const other = randomBytes(32);
  const named = createSigner({ algorithm: 'HS256', key, kid: 'one' })(claims);

  it.each<[string, unknown, string, string]>([
    ['one without a kid ignores it', jwkOf(key), named, 'accepted'],
    ['a kid selects', [jwkOf(other, 'two'), jwkOf(key, 'one')], named, 'accepted'],
    ['a kid that nobody has', [jwkOf(key, 'two')], named, 'key_unknown'],
    ['a kid of another key', [jwkOf(other, 'one'), jwkOf(key, 'two')], named, 'signature'],
    ['no kid tries them all', [jwkOf(other, 'two'), jwkOf(key, 'one')], token, 'accepted'],
    ['a JWK Set', { keys: [jwkOf(other, 'two'), jwkOf(key, 'one')] }, named, 'accepted'],
    ['a list of both', [other, { keys: [jwkOf(key, 'one')] }], named, 'accepted'],
    ['a Verifier', nodeCrypto.importVerifier({ algorithm: 'HS256', key }), named, 'accepted'],
    ['a Verifier with another kid', nodeCrypto.importVerifier({ algorithm: 'HS256', key, kid: 'two' }), named, 'key_unknown'],
    [
      'Verifier and key',
      [nodeCrypto.importVerifier({ algorithm: 'HS256', key: other, kid: 'two' }), jwkOf(key, 'one')],
      named,
      'accepted',
    ],
  ])('%s', (_, option, text, expected) => {
    const answer = createVerifier({ algorithms: ['HS256'], key: option as Jwk, clock }).try(text);
    expect(answer.ok ? 'accepted' : answer.code).toBe(expected);
  });

  it('serve several algorithms side by side', () => {
    const [ec, ed] = [ecPair('P-256'), ed25519Pair()];
    const verify = createVerifier({ algorithms: ['ES256', 'EdDSA'], key: [ec.publicKey, ed.publicKey], clock });
    expect(verify(createSigner({ algorithm: 'ES256', key: ec.privateKey })(claims))).toEqual(claims);
    expect(verify(createSigner({ algorithm: 'EdDSA', key: ed.privateKey })(claims))).toEqual(claims);
    expect(verify.try(token)).toEqual({ ok: false, code: 'algorithm' });
  });
});

describe('options that cannot be meant', () => {
  it.each<[string, object, string, string]>([
    ['no algorithms', { algorithms: undefined }, 'missing_option', 'algorithms'],
    ['an empty list', { algorithms: [] }, 'missing_option', 'algorithms'],
    ['none', { algorithms: ['none'] }, 'unsupported_algorithm', 'algorithms'],
    ['no key', { key: undefined }, 'missing_option', 'key'],
    ['an empty list of keys', { key: [] }, 'missing_option', 'key'],
    ['an empty issuer', { issuer: '' }, 'invalid_option', 'issuer'],
    ['an empty audience list', { audience: [] }, 'invalid_option', 'audience'],
    ['a leeway without end', { leeway: Number.POSITIVE_INFINITY }, 'invalid_option', 'leeway'],
    ['a typ that is empty', { typ: '' }, 'invalid_option', 'typ'],
    ['a clock that is none', { clock: NOW }, 'invalid_option', 'clock'],
    ['a misspelt option', { audiance: 'api' }, 'unknown_option', 'audiance'],
    ['no size', { maxTokenBytes: 0 }, 'invalid_option', 'maxTokenBytes'],
  ])('%s', (_, options, code, option) => {
    const error = thrown(() => createVerifier({ algorithms: ['HS256'], key, ...options }));
    expect(error).toBeInstanceOf(ConfigError);
    expect(error).toMatchObject({ code, option });
  });

  it('name the option that was meant', () => {
    const misspelt = { algorithms: ['HS256'] as const, key, audiance: 'api' };
    expect(thrown(() => createVerifier(misspelt))).toMatchObject({ message: 'unknown option audiance; did you mean audience?' });
  });
});
