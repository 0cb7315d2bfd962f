import { describe, expect, it } from 'vitest';
import { parseConfig, recommended } from '../../src/application/config.ts';
import { createTokenService } from '../../src/create-token-service.ts';
import { TOKEN_TYPES } from '../../src/domain/token/token-type.ts';
import { fixture } from './fixture.ts';

const parse = (options: Readonly<Record<string, unknown>> = {}) => parseConfig(options, ['store', 'signingKey']);

describe('the defaults', () => {
  it("are Simple JWT's, and this library's own", () => {
    const { names: _names, tokenUser: _tokenUser, algorithm, ...config } = parse();
    expect(algorithm.name).toBe('HS256');
    expect(config).toEqual({
      accessTokenLifetime: 300,
      refreshTokenLifetime: 86_400,
      rotateRefreshTokens: false,
      blacklistAfterRotation: false,
      updateLastLogin: false,
      audience: undefined,
      issuer: undefined,
      jsonEncoder: undefined,
      leeway: undefined,
      authHeaderTypes: ['Bearer'],
      authHeaderName: 'Authorization',
      userIdField: 'id',
      userIdClaim: 'user_id',
      userAuthenticationRule: undefined,
      onLoginSuccess: undefined,
      onLoginFailed: undefined,
      authTokenTypes: [TOKEN_TYPES.access],
      tokenTypeClaim: 'token_type',
      jtiClaim: 'jti',
      slidingTokenLifetime: 300,
      slidingTokenRefreshLifetime: 86_400,
      slidingTokenRefreshExpClaim: 'refresh_exp',
      checkRevokeToken: false,
      revokeTokenClaim: 'hash_password',
      credentialFingerprint: 'hmac',
      fingerprintKey: undefined,
      checkUserIsActive: true,
      tokenFamilyEnabled: false,
      tokenFamilyLifetime: 30 * 86_400,
      tokenFamilyCheckOnAccess: false,
      tokenFamilyBlacklistOnReuse: false,
      tokenFamilyClaim: 'family_id',
      tokenFamilyExpirationClaim: 'family_exp',
      refreshGraceSeconds: 0,
      checkAccessRevocation: false,
      requireOutstanding: false,
      onStoreError: 'refuse',
      maxStalenessSeconds: 5,
      storeDeadlineSeconds: 1,
      flushIntervalSeconds: undefined,
      maxTokenBytes: 8192,
      verifiedTokenCache: false,
      errors: 'brief',
      claims: undefined,
      respond: undefined,
    });
  });

  it('are what an option that is undefined means', () => {
    const plain = parse();
    const { tokenUser: _, ...names } = plain;
    for (const name of Object.keys(names).filter((one) => one !== 'names' && one !== 'reservedClaims')) {
      expect(parse({ [name]: undefined })).toEqual(plain);
    }
  });

  it('are frozen, the parsed configuration too', () => {
    const config = parse();
    for (const part of [config, config.names, config.authHeaderTypes, config.authTokenTypes, recommended]) {
      expect(Object.isFrozen(part)).toBe(true);
    }
  });

  it('are complemented by recommended: its switches and nothing else', () => {
    expect(recommended).toEqual({
      rotateRefreshTokens: true,
      blacklistAfterRotation: true,
      tokenFamilyEnabled: true,
      tokenFamilyCheckOnAccess: true,
      tokenFamilyBlacklistOnReuse: true,
      checkRevokeToken: true,
      requireOutstanding: true,
      refreshGraceSeconds: 10,
    });
  });
});

describe('durations', () => {
  const OPTIONS = [
    'accessTokenLifetime',
    'refreshTokenLifetime',
    'slidingTokenLifetime',
    'slidingTokenRefreshLifetime',
    'tokenFamilyLifetime',
  ];

  it.each(OPTIONS)('%s takes seconds or text with a unit', (name) => {
    for (const [value, seconds] of [
      [1, 1],
      ['30s', 30],
      ['5m', 300],
      ['12h', 43_200],
      ['1d', 86_400],
      ['2w', 1_209_600],
    ] as const) {
      expect(parse({ [name]: value })).toMatchObject({ [name]: seconds });
    }
  });

  it.each([...OPTIONS, 'storeDeadlineSeconds', 'flushIntervalSeconds', 'refreshGraceSeconds', 'maxStalenessSeconds'])(
    '%s refuses what is not finite, whole and positive',
    (name) => {
      for (const value of [
        -1,
        1.5,
        NaN,
        Infinity,
        -Infinity,
        '',
        '5',
        '5 m',
        'm',
        '1e3s',
        '-5m',
        true,
        {},
        [],
        1n,
        1e15,
        '999999999999w',
      ]) {
        expect(() => parse({ [name]: value })).toThrow(
          expect.objectContaining({ name: 'ConfigError', code: 'invalid_option', option: name }),
        );
      }
    },
  );

  it.each(OPTIONS)('%s is at least a second', (name) => {
    expect(() => parse({ [name]: 0 })).toThrow(`${name} must be whole seconds of at least 1`);
  });

  it('tokenFamilyLifetime may be null: for ever; no other may', () => {
    expect(parse({ tokenFamilyLifetime: null }).tokenFamilyLifetime).toBeNull();
    for (const name of OPTIONS.slice(0, -1)) expect(() => parse({ [name]: null })).toThrow(name);
  });

  it('refreshGraceSeconds is 0 to 60, maxStalenessSeconds 0 to an hour, deadlines may be fractions of a second', () => {
    expect(parse({ refreshGraceSeconds: 60, maxStalenessSeconds: 0 })).toMatchObject({
      refreshGraceSeconds: 60,
      maxStalenessSeconds: 0,
    });
    expect(() => parse({ refreshGraceSeconds: 61 })).toThrow('at most 60');
    expect(() => parse({ maxStalenessSeconds: 3601 })).toThrow('at most 3600');
    expect(parse({ storeDeadlineSeconds: 0.05, flushIntervalSeconds: '10m' })).toMatchObject({
      storeDeadlineSeconds: 0.05,
      flushIntervalSeconds: 600,
    });
    for (const value of [0, 1.5, 86_401]) expect(() => parse({ storeDeadlineSeconds: value })).toThrow('storeDeadlineSeconds');
  });

  it('leeway is any finite number of seconds that is not negative, or text', () => {
    for (const leeway of [0, 0.5, 60, '1m']) expect(() => fixture({ leeway })).not.toThrow();
    for (const leeway of [-1, NaN, Infinity, 'soon', null, {}, true]) {
      expect(() => fixture({ leeway: leeway as never })).toThrow(
        expect.objectContaining({ code: 'invalid_option', option: 'leeway' }),
      );
    }
  });
});

describe('switches', () => {
  const { verifiedTokenCache: _, ...config } = parse(); // more than a switch
  const FLAGS = Object.entries(config).flatMap(([name, value]) => (typeof value === 'boolean' ? [name] : []));

  it('are all there', () => {
    expect(FLAGS).toHaveLength(10);
  });

  it.each(FLAGS)('%s is true or false, nothing that merely looks like it', (name) => {
    for (const value of [true, false]) expect(parse({ [name]: value })).toMatchObject({ [name]: value });
    for (const value of ['true', 'false', 0, 1, null, '', [], {}]) {
      expect(() => parse({ [name]: value })).toThrow(expect.objectContaining({ code: 'invalid_option', option: name }));
    }
  });

  it('onStoreError and credentialFingerprint are one of two words', () => {
    expect(parse({ onStoreError: 'allow-stale', credentialFingerprint: 'md5' })).toMatchObject({
      onStoreError: 'allow-stale',
      credentialFingerprint: 'md5',
    });
    for (const name of ['onStoreError', 'credentialFingerprint']) {
      for (const value of ['', 'ALLOW', true, null, ['refuse']])
        expect(() => parse({ [name]: value })).toThrow(`${name} must be one of`);
    }
  });
});

describe('names', () => {
  const CLAIMS = [
    'userIdClaim',
    'tokenTypeClaim',
    'jtiClaim',
    'slidingTokenRefreshExpClaim',
    'revokeTokenClaim',
    'tokenFamilyClaim',
    'tokenFamilyExpirationClaim',
  ];

  it.each([...CLAIMS, 'userIdField'])('%s is a non-empty string: null does not switch it off', (name) => {
    expect(parse({ [name]: 'x' })).toMatchObject({ [name]: 'x' });
    for (const value of [null, '', 5, true, {}, ['x']]) {
      expect(() => parse({ [name]: value })).toThrow(expect.objectContaining({ code: 'invalid_option', option: name }));
    }
  });

  it.each(CLAIMS)('%s must not be the name of another claim', (name) => {
    for (const taken of ['exp', 'iat', 'nbf', 'iss', 'aud', 'sid', '__proto__']) {
      expect(() => parse({ [name]: taken })).toThrow(expect.objectContaining({ name: 'ConfigError', code: 'invalid_option' }));
    }
    for (const other of CLAIMS.filter((one) => one !== name)) {
      expect(() => parse({ [name]: 'same', [other]: 'same' })).toThrow('same is the name of another claim already');
    }
  });

  it('sub may be the user claim', () => {
    expect(parse({ userIdClaim: 'sub' }).names.user).toBe('sub');
  });

  it('authHeaderTypes is a word or several, authHeaderName one, as HTTP allows them', () => {
    expect(parse({ authHeaderTypes: 'JWT' }).authHeaderTypes).toEqual(['JWT']);
    expect(parse({ authHeaderTypes: ['JWT', 'Bearer'] }).authHeaderTypes).toEqual(['JWT', 'Bearer']);
    for (const value of ['', 'a b', 'a\r\nb', 'ü', null, 5, ['Bearer', ''], {}]) {
      expect(() => parse({ authHeaderTypes: value })).toThrow('authHeaderTypes');
      expect(() => parse({ authHeaderName: value })).toThrow('authHeaderName');
    }
  });

  it('authHeaderTypes is not an empty list', () => {
    expect(() => parse({ authHeaderTypes: [] })).toThrow('authHeaderTypes');
  });

  it('issuer and audience are strings, audience also a list of them, and never empty', () => {
    for (const value of ['', null, 5, {}, [''], ['a', 5], []]) {
      expect(() => fixture({ audience: value as never })).toThrow(
        expect.objectContaining({ code: 'invalid_option', option: 'audience' }),
      );
      expect(() => fixture({ issuer: value as never })).toThrow(
        expect.objectContaining({ code: 'invalid_option', option: 'issuer' }),
      );
    }
    expect(() => fixture({ audience: ['a', 'b'], issuer: 'me' })).not.toThrow();
  });
});

describe('token types', () => {
  it('are named, or rows of the application own', () => {
    const row = { name: 'mine', tokenClass: 'Mine', revocable: false, typed: true, renewable: false };
    expect(parse({ authTokenTypes: ['access', 'sliding', row] }).authTokenTypes).toEqual([
      TOKEN_TYPES.access,
      TOKEN_TYPES.sliding,
      row,
    ]);
    for (const value of [[], 'access', ['acess'], [null], [{}], [{ name: 'x' }], ['__proto__'], null]) {
      expect(() => parse({ authTokenTypes: value })).toThrow(expect.objectContaining({ option: 'authTokenTypes' }));
    }
  });
});

describe('hooks', () => {
  it.each(['jsonEncoder', 'userAuthenticationRule', 'onLoginSuccess', 'onLoginFailed', 'tokenUser', 'claims', 'respond'])(
    '%s is a function',
    (name) => {
      const hook = () => ({});
      expect(parse({ [name]: hook })).toMatchObject({ [name]: hook });
      for (const value of [null, 'x', {}, 5, true]) expect(() => parse({ [name]: value })).toThrow(`${name} must be a function`);
    },
  );

  it('maxTokenBytes is 64 bytes to a mebibyte', () => {
    expect(parse({ maxTokenBytes: 64 }).maxTokenBytes).toBe(64);
    for (const value of [0, 63, 1.5, NaN, Infinity, 1_048_577, '8192', null]) {
      expect(() => parse({ maxTokenBytes: value })).toThrow(expect.objectContaining({ option: 'maxTokenBytes' }));
    }
  });

  it('algorithm is one of the table', () => {
    expect(parse({ algorithm: 'ES256' }).algorithm.name).toBe('ES256');
    for (const value of ['none', 'hs256', 'HS1', '', null, ['HS256'], '__proto__']) {
      expect(() => parse({ algorithm: value })).toThrow(
        expect.objectContaining({ code: 'unsupported_algorithm', option: 'algorithm' }),
      );
    }
  });
});

describe('an option that is not known', () => {
  it.each([
    ['accessTokenLifeTime', 'accessTokenLifetime'],
    ['acessTokenLifetime', 'accessTokenLifetime'],
    ['ACCESS_TOKEN_LIFETIME', 'accessTokenLifetime'],
    ['rotateRefreshToken', 'rotateRefreshTokens'],
    ['signinKey', 'signingKey'],
    ['jwksUrl', 'jwkUrl'],
    ['refreshGrace', 'refreshGraceSeconds'],
    ['clokc', 'clock'],
  ])('%s is refused with the nearest that is: %s', (given, meant) => {
    expect(() => fixture({ [given]: 1 })).toThrow(
      expect.objectContaining({
        code: 'unknown_option',
        option: given,
        message: expect.stringContaining(`did you mean ${meant}?`),
      }),
    );
  });

  it('is refused even if it is undefined, or is a name objects have', () => {
    for (const given of ['toString', 'constructor', 'nonsense']) {
      expect(() => parse({ [given]: undefined })).toThrow(expect.objectContaining({ code: 'unknown_option' }));
    }
  });
});

describe('the ports', () => {
  it.each(['crypto', 'users', 'store', 'clock'] as const)('%s is required, and must be whole', (port) => {
    const { options } = fixture();
    const half: Readonly<Record<string, unknown>> = { importSigner() {}, authenticate() {}, rotate() {}, record() {} };
    for (const value of [undefined, null, 5, 'x', {}, half]) {
      const make = () => createTokenService({ ...options, [port]: value });
      expect(make).toThrow(expect.objectContaining({ name: 'ConfigError', code: 'missing_option', option: port }));
    }
  });

  it('say which method they lack', () => {
    const { options } = fixture();
    const store = { ...options.store, record() {} } as never;
    expect(() => createTokenService({ ...options, store })).toThrow('store lacks rotate: it must implement the whole port');
  });
});
