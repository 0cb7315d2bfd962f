import { inspect } from 'node:util';
import { ConfigError, createTokenService, recommended, type TokenServiceOptions } from 'simplejwt';
import { nodeCrypto } from 'simplejwt/crypto/node';
import { memoryStore } from 'simplejwt/storage/memory';
import { memoryUsers } from 'simplejwt/users/memory';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { encode, hs, NOW, signed } from './corpus/forge.ts';
import { leaks } from './corpus/judge.ts';
import { FORBIDDEN, OTHER_SECRET, p256, SECRET } from './corpus/keys.ts';
import { highTwin, ORDER_P256 } from './corpus/sig.ts';
import { stringsIn } from './dump.ts';
import {
  bearer,
  CHANGES,
  claimsOf,
  codeOf,
  CREDENTIALS,
  issue,
  issueSliding,
  newUsers,
  openHouse,
  PASSWORD,
  refusalOf,
  type House,
} from './house.ts';

/** The lifecycle attacks L1 to L24 that concern a service and its memory store. HTTP, JWKS and other stores have their own tests. */

const strict = { rotateRefreshTokens: true, blacklistAfterRotation: true, tokenFamilyEnabled: true } as const;
const theft = { ...strict, tokenFamilyCheckOnAccess: true, tokenFamilyBlacklistOnReuse: true } as const;

const forge = (claims: object, secret = SECRET) =>
  signed(`${encode({ alg: 'HS256', typ: 'JWT' })}.${encode(claims)}`, hs('sha256', secret));
const times = { iat: NOW, exp: NOW + 300 };

type Kind = 'access' | 'refresh' | 'sliding' | 'id_token' | 'untyped';
const KINDS: readonly Kind[] = ['access', 'refresh', 'sliding', 'id_token', 'untyped'];

/** One token of each kind; the last two come from elsewhere under the same key. */
async function tokensOf({ service }: House): Promise<Readonly<Record<Kind, string>>> {
  const { access, refresh } = await issue(service);
  const { token: sliding } = await issueSliding(service);
  const id_token = forge({ iss: 'https://issuer.example', sub: '17', aud: 'client', nonce: 'n', auth_time: NOW, ...times });
  return { access, refresh, sliding, id_token, untyped: forge({ jti: 'a'.repeat(32), user_id: '17', ...times }) };
}

const ENTRIES = {
  verify: ({ service }: House, token: string) => service.verify(token),
  authenticate: ({ service }: House, token: string) => service.authenticate(bearer(token)),
  authenticateStateless: ({ service }: House, token: string) => service.authenticateStateless(bearer(token)),
  refresh: ({ service }: House, token: string) => service.refresh(token),
  refreshSliding: ({ service }: House, token: string) => service.refreshSliding(token),
  blacklist: ({ service }: House, token: string) => service.blacklist(token),
  blacklistFamily: ({ service }: House, token: string) => service.blacklistFamily(token),
  revokeOtherSessions: ({ service }: House, token: string) => service.revokeOtherSessions(token),
} as const satisfies Record<string, (house: House, token: string) => Promise<unknown>>;

type Entry = keyof typeof ENTRIES;

/** What each entry says to each kind, in the order of KINDS. */
const MATRIX: Readonly<Record<Entry, readonly string[]>> = {
  verify: ['accepted', 'accepted', 'accepted', 'claim_missing', 'accepted'],
  authenticate: ['accepted', 'wrong_type', 'wrong_type', 'claim_missing', 'claim_missing'],
  authenticateStateless: ['accepted', 'wrong_type', 'wrong_type', 'claim_missing', 'claim_missing'],
  refresh: ['wrong_type', 'accepted', 'wrong_type', 'claim_missing', 'claim_missing'],
  refreshSliding: ['wrong_type', 'wrong_type', 'accepted', 'claim_missing', 'claim_missing'],
  blacklist: ['wrong_type', 'accepted', 'accepted', 'claim_missing', 'claim_missing'],
  blacklistFamily: ['wrong_type', 'accepted', 'wrong_type', 'claim_missing', 'claim_missing'],
  revokeOtherSessions: ['wrong_type', 'accepted', 'accepted', 'claim_missing', 'claim_missing'],
};

const CELLS = Object.entries(MATRIX).flatMap(([entry, codes]) =>
  codes.map((code, index) => [KINDS[index] ?? 'access', entry as Entry, code] as const),
);

async function expectAllAlive(house: House, { access, refresh, sliding }: Readonly<Record<Kind, string>>): Promise<void> {
  expect(await codeOf(house.service.authenticate(bearer(access)))).toBe('accepted');
  expect(await codeOf(house.service.refresh(refresh))).toBe('accepted');
  expect(await codeOf(house.service.refreshSliding(sliding))).toBe('accepted');
}

describe('L1: a token of one kind at the entry of another', () => {
  it.each(CELLS)('%s at %s: %s', async (kind, entry, code) => {
    const house = openHouse(strict);
    const tokens = await tokensOf(house);
    const before = house.asked.length;
    expect(await codeOf(ENTRIES[entry](house, tokens[kind]))).toBe(code);
    if (code === 'accepted') return;
    expect(house.asked.slice(before).filter(({ method }) => CHANGES.has(method))).toEqual([]);
    await expectAllAlive(house, tokens);
  });

  it.each(CELLS.filter(([, , code]) => code !== 'accepted'))(
    '%s at %s is refused with the recommended options',
    async (kind, entry) => {
      const house = openHouse(recommended);
      const tokens = await tokensOf(house);
      const before = house.asked.length;
      expect(await codeOf(ENTRIES[entry](house, tokens[kind]))).not.toBe('accepted');
      expect(house.asked.slice(before).filter(({ method }) => CHANGES.has(method))).toEqual([]);
      await expectAllAlive(house, tokens);
    },
  );
});

describe('L2: concurrent refresh of one token', () => {
  const fulfilled = <T>(results: readonly PromiseSettledResult<T>[]) =>
    results.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));

  it.each([2, 8, 64])('lets exactly one of %i win without a grace window', async (racers) => {
    const { service } = openHouse({ ...strict, store: hesitant(memoryStore(), 7) });
    const { refresh } = await issue(service);
    const results = await Promise.allSettled(Array.from({ length: racers }, () => service.refresh(refresh)));
    expect(fulfilled(results)).toHaveLength(1);
  });

  it.each([2, 8, 64])('gives all of %i the same successor inside the grace window', async (racers) => {
    const { service } = openHouse({ ...strict, refreshGraceSeconds: 10, store: hesitant(memoryStore(), 11) });
    const { refresh } = await issue(service);
    const results = await Promise.allSettled(Array.from({ length: racers }, () => service.refresh(refresh)));
    const successors = fulfilled(results).map((pair) => pair.refresh ?? '');
    expect(successors).toHaveLength(racers);
    expect(new Set(successors.map((token) => claimsOf(token)['jti'])).size).toBe(1);
  });
});

describe('L3: a replay inside the grace window', () => {
  it('starts no chain of its own', async () => {
    const { service, at } = openHouse({ ...theft, refreshGraceSeconds: 10 });
    const { refresh: first } = await issue(service);
    const { refresh: second = '' } = await service.refresh(first);
    at(5);
    const { refresh: replayed = '' } = await service.refresh(first);
    expect(claimsOf(replayed)['jti']).toBe(claimsOf(second)['jti']);
    const { refresh: third = '' } = await service.refresh(second);
    at(20); // after the window of the second
    expect(await codeOf(service.refresh(replayed))).toBe('reused');
    expect(await codeOf(service.refresh(third))).toBe('family_revoked');
  });

  it('ends with the first use of the successor', async () => {
    const { service } = openHouse({ ...theft, refreshGraceSeconds: 10 });
    const { refresh: first } = await issue(service);
    const { refresh: second = '' } = await service.refresh(first);
    const { refresh: third = '' } = await service.refresh(second);
    expect(await codeOf(service.refresh(first))).toBe('reused');
    expect(await codeOf(service.refresh(third))).toBe('family_revoked');
  });
});

async function rotations({ service }: House, count: number) {
  const first = await issue(service);
  const chain = [first.refresh];
  let access = first.access;
  for (let index = 0; index < count; index++) {
    const next = await service.refresh(chain.at(-1) ?? '');
    chain.push(next.refresh ?? chain.at(-1) ?? '');
    access = next.access;
  }
  return { chain, access };
}

describe('L4: the replay of a spent token', () => {
  it.each([
    ['an ancestor', 3, 0, 'ancestor'],
    ['the predecessor, too late', 1, 0, 'late_retry'],
  ] as const)('ends the family: %s', async (_, count, replayed, kind) => {
    const house = openHouse({ ...theft, refreshGraceSeconds: 10 });
    const { service, at, events } = house;
    const { chain, access } = await rotations(house, count);
    at(60);
    expect(await codeOf(service.refresh(chain[replayed] ?? ''))).toBe('reused');
    expect(events.filter(({ name }) => name === 'reused')).toMatchObject([{ event: { kind, familyEnded: true, user: '17' } }]);
    expect(await codeOf(service.refresh(chain.at(-1) ?? ''))).toBe('family_revoked');
    expect(await codeOf(service.authenticate(bearer(access)))).toBe('family_revoked');
    expect(await codeOf(service.verify(access))).toBe('family_revoked');
    expect(events.filter(({ name }) => name === 'reused')).toHaveLength(1);
  });
});

describe('L5: ten rotations within one second', () => {
  it.each(Array.from({ length: 10 }, (_, index) => index))('tell the ancestor %i from the last', async (index) => {
    const house = openHouse(theft);
    const { chain } = await rotations(house, 10);
    expect(new Set(chain.map((token) => claimsOf(token)['iat'])).size).toBe(1);
    expect(await codeOf(house.service.refresh(chain[index] ?? ''))).toBe('reused');
    expect(house.events.filter(({ name }) => name === 'reused')).toMatchObject([
      { event: { kind: index === 9 ? 'late_retry' : 'ancestor' } },
    ]);
    expect(await codeOf(house.service.refresh(chain[10] ?? ''))).toBe('family_revoked');
  });
});

/** Answers after a number of turns of the microtask queue that only the seed knows. */
function hesitant(store: NonNullable<TokenServiceOptions['store']>, seed: number) {
  let state = seed;
  const turns = () => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    return state % 9;
  };
  const wait = async () => {
    for (let turn = turns(); turn > 0; turn--) await Promise.resolve();
  };
  return new Proxy(store, {
    get(target, name) {
      const member: unknown = Reflect.get(target, name, target);
      if (typeof member !== 'function' || name === 'sessions' || name === 'close') return member;
      return async (...given: unknown[]): Promise<unknown> => {
        await wait();
        const answer: unknown = await Reflect.apply(member, target, given);
        await wait();
        return answer;
      };
    },
  });
}

describe('L7: logout races refresh', () => {
  it.each([
    ['blacklistFamily', (house: House, token: string) => house.service.blacklistFamily(token)],
    ['revokeUser', (house: House) => house.service.revokeUser('17')],
    ['revokeFamily', (house: House, token: string) => house.service.revokeFamily(String(claimsOf(token)['family_id']))],
  ] as const)('%s leaves nothing alive, whoever came first', async (_, logOut) => {
    const house = openHouse({ ...theft, checkAccessRevocation: true, store: hesitant(memoryStore(), 3) });
    const { service } = house;
    let loggedOut = 0;
    for (let round = 0; round < 100; round++) {
      const { refresh } = await issue(service);
      const [ended, refreshed] = await Promise.allSettled([logOut(house, refresh), service.refresh(refresh)]);
      if (ended.status === 'rejected') continue; // the refresh spent the token first: its owner is told, and may log the successor out
      loggedOut += 1;
      const survivors = refreshed.status === 'fulfilled' ? refreshed.value : undefined;
      expect(await codeOf(service.refresh(refresh))).not.toBe('accepted');
      if (survivors === undefined) continue;
      expect(await codeOf(service.refresh(survivors.refresh ?? ''))).not.toBe('accepted');
      expect(await codeOf(service.authenticate(bearer(survivors.access)))).not.toBe('accepted');
    }
    expect(loggedOut).toBeGreaterThan(20);
  });
});

describe('L8: a revocation and two logins within one second', () => {
  it.each([
    ['Simple JWT defaults', {}],
    ['recommended', recommended],
    ['access checked', { checkAccessRevocation: true }],
    ['recommended, access checked', { ...recommended, checkAccessRevocation: true }],
  ] as const)('kills the first and spares the second: %s', async (_, options) => {
    const { service } = openHouse(options);
    const before = await service.obtainPair(CREDENTIALS);
    const slidingBefore = await service.obtainSliding(CREDENTIALS);
    await service.revokeUser('17');
    const after = await service.obtainPair(CREDENTIALS);
    const slidingAfter = await service.obtainSliding(CREDENTIALS);
    expect(claimsOf(before.refresh)['iat']).toBe(claimsOf(after.refresh)['iat']);

    expect(await codeOf(service.refresh(before.refresh))).toBe('revoked');
    expect(await codeOf(service.verify(before.refresh))).toBe('revoked');
    expect(await codeOf(service.refreshSliding(slidingBefore.token))).toBe('revoked');
    if ('checkAccessRevocation' in options) {
      expect(await codeOf(service.verify(before.access))).toBe('revoked');
      expect(await codeOf(service.authenticate(bearer(before.access)))).toBe('revoked');
    }

    expect(await codeOf(service.verify(after.refresh))).toBe('accepted');
    expect(await codeOf(service.verify(after.access))).toBe('accepted');
    expect(await codeOf(service.authenticate(bearer(after.access)))).toBe('accepted');
    const { access } = await service.refresh(after.refresh);
    expect(await codeOf(service.verify(access))).toBe('accepted');
    expect(await codeOf(service.refreshSliding(slidingAfter.token))).toBe('accepted');
  });

  it('spares other users', async () => {
    const { service } = openHouse(recommended);
    const { refresh } = await service.obtainPair({ username: 'bob', password: PASSWORD });
    await service.revokeUser('17');
    expect(await codeOf(service.refresh(refresh))).toBe('accepted');
  });
});

describe('L9: a failure between spending and answering', () => {
  const failing = (method: string, when: 'before' | 'after') => {
    let armed = false;
    const store = new Proxy(memoryStore(), {
      get(target, name) {
        const member: unknown = Reflect.get(target, name, target);
        if (typeof member !== 'function') return member;
        return (...given: unknown[]): unknown => {
          const fails = armed && name === method;
          if (fails && when === 'before') throw new Error('connection lost');
          const answer: unknown = Reflect.apply(member, target, given);
          if (fails) throw new Error('connection lost');
          return answer;
        };
      },
    });
    return {
      store,
      arm(on: boolean) {
        armed = on;
      },
    };
  };

  it.each(['before', 'after'] as const)('costs nobody the session: the connection is lost %s the store decided', async (when) => {
    const { store, arm } = failing('rotate', when);
    const house = openHouse({ ...theft, refreshGraceSeconds: 10, store, storeDeadlineSeconds: 0.02 });
    const { refresh } = await issue(house.service);
    arm(true);
    expect(await codeOf(house.service.refresh(refresh))).toBe('store_unavailable');
    arm(false);
    const retried = await house.service.refresh(refresh);
    const again = await house.service.refresh(refresh);
    expect(claimsOf(retried.refresh ?? '')['jti']).toBe(claimsOf(again.refresh ?? '')['jti']);
    expect(await codeOf(house.service.refresh(retried.refresh ?? ''))).toBe('accepted');
    expect(house.events.map(({ name }) => name)).toContain('storeError');
  });

  it('spends nothing when the signer fails', async () => {
    let broken = false;
    const real = nodeCrypto.importSigner({ algorithm: 'HS256', key: SECRET });
    const signingKey = {
      algorithm: 'HS256',
      sign: (data: Uint8Array) => {
        if (broken) throw new Error('no entropy today');
        return real.sign(data);
      },
    } as const;
    const house = openHouse({ ...theft, signingKey, verifyingKey: SECRET });
    const { refresh } = await issue(house.service);
    broken = true;
    expect(await codeOf(house.service.refresh(refresh))).toBe('signer_unavailable');
    broken = false;
    expect(await codeOf(house.service.refresh(refresh))).toBe('accepted');
  });

  it.each(['status', 'rotate', 'blacklist', 'revokeFamily', 'revokeUser', 'record', 'epoch'])(
    'fails closed when %s fails',
    async (method) => {
      const { store, arm } = failing(method, 'before');
      const { service } = openHouse({ ...recommended, checkAccessRevocation: true, store, storeDeadlineSeconds: 0.02 });
      const { access, refresh } = await issue(service);
      const ATTEMPTS: Readonly<Record<string, () => Promise<unknown>>> = {
        status: () => service.authenticate(bearer(access)),
        rotate: () => service.refresh(refresh),
        blacklist: () => service.blacklist(refresh),
        revokeFamily: () => service.blacklistFamily(refresh),
        revokeUser: () => service.revokeUser('17'),
        record: () => service.obtainPair(CREDENTIALS),
        epoch: () => service.obtainPair(CREDENTIALS),
      };
      arm(true);
      expect(await codeOf(ATTEMPTS[method]?.() ?? Promise.resolve())).toBe('store_unavailable');
    },
  );
});

describe('L10: a blacklist entry outlives its token', () => {
  it.each([
    ['refresh', 86_400],
    ['sliding', 86_400],
  ] as const)('%s, revoked a second before it ends, with a leeway of 60', async (kind, lifetime) => {
    const house = openHouse({ leeway: 60 });
    const tokens = await tokensOf(house);
    const use = () => (kind === 'refresh' ? house.service.refresh(tokens.refresh) : house.service.refreshSliding(tokens.sliding));
    house.at(lifetime - 1);
    expect(await codeOf(house.service.blacklist(tokens[kind]))).toBe('accepted');
    for (const seconds of [lifetime - 1, lifetime, lifetime + 30, lifetime + 59]) {
      house.at(seconds);
      await house.service.flushExpired();
      expect(await codeOf(use())).toBe('revoked');
    }
    house.at(lifetime + 3600);
    expect(await codeOf(use())).not.toBe('accepted');
  });
});

describe('L11: identifiers are made here', () => {
  const RESERVED = [
    'jti',
    'exp',
    'iat',
    'nbf',
    'iss',
    'aud',
    'token_type',
    'user_id',
    'refresh_exp',
    'hash_password',
    'family_id',
    'family_exp',
    'sid',
  ];

  it.each(RESERVED)('refuses %s from the claims hook and by hand', async (name) => {
    const hooked = openHouse({ ...recommended, claims: () => ({ [name]: 'chosen' }) });
    const plain = openHouse(recommended);
    const user = { id: '17', isActive: true };
    for (const attempt of [
      () => hooked.service.obtainPair(CREDENTIALS),
      () => hooked.service.obtainSliding(CREDENTIALS),
      () => hooked.service.issuePair(user),
      () => plain.service.issuePair(user, { claims: { [name]: 'chosen' } }),
      () => plain.service.issueSliding(user, { claims: { [name]: 'chosen' } }),
    ]) {
      const { code, error } = await refusalOf(attempt());
      expect(code).toBe('reserved_claim');
      expect(error).toBeInstanceOf(ConfigError);
      expect(inspect(error)).not.toContain('chosen');
    }
    expect([...hooked.asked, ...plain.asked].filter(({ method }) => CHANGES.has(method))).toEqual([]);
  });

  it('refuses renamed claims by their new names', async () => {
    const { service } = openHouse({ jtiClaim: 'tid', tokenTypeClaim: 'kind' });
    const user = { id: '17', isActive: true };
    for (const name of ['tid', 'kind']) {
      expect(await codeOf(service.issuePair(user, { claims: { [name]: 'chosen' } }))).toBe('reserved_claim');
    }
  });

  it('draws 128 bits for every token', async () => {
    const { service } = openHouse(recommended);
    const tokens = await Promise.all(Array.from({ length: 500 }, () => service.issuePair({ id: '17', isActive: true })));
    const ids = tokens.flatMap(({ access, refresh }) => [access, refresh].map((token) => String(claimsOf(token)['jti'])));
    expect(new Set(ids).size).toBe(1000);
    expect(ids.filter((id) => !/^[0-9a-f]{32}$/.test(id))).toEqual([]);
  });

  it('hands no identifier of an old token on to a new one', async () => {
    const house = openHouse(strict);
    const { chain, access } = await rotations(house, 2);
    const ids = [...chain, access].map((token) => claimsOf(token)['jti']);
    expect(new Set(ids).size).toBe(ids.length);
  });
});

/** The other valid signature of an ES256 token. */
function twinOf(token: string): string {
  const end = token.lastIndexOf('.') + 1;
  return token.slice(0, end) + encode(highTwin(Buffer.from(token.slice(end), 'base64url'), ORDER_P256));
}

describe('L12: another spelling of a revoked token', () => {
  const es256 = { ...theft, algorithm: 'ES256', signingKey: p256.privateKey } as const;

  it('is accepted while the token is good', async () => {
    const { service } = openHouse(es256);
    const { refresh } = await issue(service);
    expect(twinOf(refresh)).not.toBe(refresh);
    expect(await codeOf(service.verify(twinOf(refresh)))).toBe('accepted');
  });

  it('is revoked with it', async () => {
    const { service } = openHouse(es256);
    const { refresh } = await issue(service);
    await service.blacklist(refresh);
    expect(await codeOf(service.verify(twinOf(refresh)))).toBe('revoked');
    expect(await codeOf(service.blacklist(twinOf(refresh)))).toBe('revoked');
    expect(await codeOf(service.refresh(twinOf(refresh)))).not.toBe('accepted');
  });

  it('is spent with it', async () => {
    const { service } = openHouse(es256);
    const { refresh } = await issue(service);
    await service.refresh(twinOf(refresh));
    expect(await codeOf(service.refresh(refresh))).toBe('reused');
  });

  it.each([
    (token: string) => `${token}=`,
    (token: string) => `${token} `,
    (token: string) => `${token}A`,
    (token: string) => `\n${token}`,
  ])('is no token at all where it is not strictly base64url', async (respell) => {
    const { service } = openHouse(es256);
    const { refresh } = await issue(service);
    expect(['malformed', 'signature']).toContain(await codeOf(service.refresh(respell(refresh))));
  });
});

describe('L15: the Authorization header', () => {
  const house = openHouse();
  const granted = house.service.obtainPair(CREDENTIALS);
  const TABLE: readonly (readonly [string, (token: string) => Parameters<House['service']['authenticate']>[0], string])[] = [
    ['Bearer', (token) => ({ authorization: `Bearer ${token}` }), 'accepted'],
    ['bearer', (token) => ({ authorization: `bearer ${token}` }), 'accepted'],
    ['BEARER', (token) => ({ authorization: `BEARER ${token}` }), 'accepted'],
    ['Authorization', (token) => ({ Authorization: `Bearer ${token}` }), 'accepted'],
    ['two spaces', (token) => ({ authorization: `Bearer  ${token}` }), 'accepted'],
    ['Headers', (token) => new Headers({ authorization: `Bearer ${token}` }), 'accepted'],
    ['a request', (token) => ({ headers: { authorization: `Bearer ${token}` } }), 'accepted'],
    ['a list of one', (token) => ({ authorization: [`Bearer ${token}`] }), 'accepted'],
    ['nothing', () => ({}), 'nobody'],
    ['an empty header', () => ({ authorization: '' }), 'nobody'],
    ['Basic', (token) => ({ authorization: `Basic ${token}` }), 'nobody'],
    ['Token', (token) => ({ authorization: `Token ${token}` }), 'nobody'],
    ['BearerX', (token) => ({ authorization: `BearerX ${token}` }), 'nobody'],
    ['no scheme', (token) => ({ authorization: token }), 'nobody'],
    ['a colon', (token) => ({ authorization: `Bearer: ${token}` }), 'nobody'],
    ['an equals sign', (token) => ({ authorization: `Bearer=${token}` }), 'nobody'],
    ['no space', (token) => ({ authorization: `Bearer${token}` }), 'nobody'],
    ['a no-break space', (token) => ({ authorization: `Bearer\u00a0${token}` }), 'nobody'],
    ['another header', (token) => ({ 'x-authorization': `Bearer ${token}` }), 'nobody'],
    ['a cookie', (token) => ({ cookie: `access=${token}` }), 'nobody'],
    ['Bearer alone', () => ({ authorization: 'Bearer' }), 'bad_authorization_header'],
    ['Bearer and a space', () => ({ authorization: 'Bearer ' }), 'bad_authorization_header'],
    ['two tokens', (token) => ({ authorization: `Bearer ${token} ${token}` }), 'bad_authorization_header'],
    ['a token and a word', (token) => ({ authorization: `Bearer ${token} x` }), 'bad_authorization_header'],
    ['two headers', (token) => ({ authorization: [`Bearer ${token}`, `Bearer ${token}`] }), 'bad_authorization_header'],
    [
      'two spellings of the header',
      (token) => ({ authorization: `Bearer ${token}`, Authorization: 'Bearer x' }),
      'bad_authorization_header',
    ],
    [
      'two headers, one of them Basic',
      (token) => ({ authorization: [`Basic eDp5`, `Bearer ${token}`] }),
      'bad_authorization_header',
    ],
    ['a list of credentials', (token) => ({ authorization: `Bearer ${token}, Basic eDp5` }), 'bad_authorization_header'],
    ['a list without spaces', (token) => ({ authorization: `Bearer ${token},${token}` }), 'malformed'],
    ['a trailing comma', (token) => ({ authorization: `Bearer ${token},` }), 'malformed'],
    ['quotes', (token) => ({ authorization: `Bearer "${token}"` }), 'malformed'],
  ];

  it.each(TABLE)('%s', async (_, headers, expected) => {
    const { access } = await granted;
    const attempt = house.service.authenticate(headers(access));
    const code = await codeOf(attempt);
    expect(code === 'accepted' && (await attempt) === null ? 'nobody' : code).toBe(expected);
  });
});

describe('L18: a user who changes', () => {
  const CHANGED: readonly (readonly [string, (house: House) => unknown, string, string])[] = [
    ['is disabled', ({ users }) => users.update('17', { isActive: false }), 'no_active_account', 'user_inactive'],
    ['is deleted', ({ users }) => users.delete('17'), 'no_active_account', 'user_not_found'],
    [
      'has a new password',
      ({ users }) => users.setPassword('17', 'another one entirely'),
      'password_changed',
      'password_changed',
    ],
  ];

  it.each(CHANGED)('loses refresh and access at once: the user %s', async (_, change, atRefresh, atAccess) => {
    const house = openHouse({ ...recommended, users: newUsers() });
    const { access, refresh } = await house.service.obtainPair(CREDENTIALS);
    const { token } = await house.service.obtainSliding(CREDENTIALS);
    await change(house);
    expect(await codeOf(house.service.refresh(refresh))).toBe(atRefresh);
    expect(await codeOf(house.service.refreshSliding(token))).toBe(atRefresh);
    expect(await codeOf(house.service.authenticate(bearer(access)))).toBe(atAccess);
    expect(await codeOf(house.service.obtainPair(CREDENTIALS))).toBe('no_active_account');
  });

  it('keeps a session that a disabled user did not use', async () => {
    const house = openHouse({ ...recommended, users: newUsers() });
    const { refresh } = await house.service.obtainPair(CREDENTIALS);
    house.users.update('17', { isActive: false });
    expect(await codeOf(house.service.refresh(refresh))).toBe('no_active_account');
    house.users.update('17', { isActive: true });
    expect(await codeOf(house.service.refresh(refresh))).toBe('accepted');
  });
});

describe('L19: a missing part is refused at construction', () => {
  const options = () => ({
    signingKey: SECRET,
    users: memoryUsers([]),
    store: memoryStore(),
    crypto: nodeCrypto,
    clock: () => NOW,
  });
  const METHODS = {
    store: ['record', 'rotate', 'epoch', 'status', 'blacklist', 'revokeFamily', 'revokeUser', 'sessions', 'flushExpired'],
    users: ['authenticate', 'findById'],
    crypto: ['importSigner', 'importVerifier', 'randomBytes', 'digest'],
  } as const;

  /** A port as a plain record of its methods. */
  function record(port: keyof typeof METHODS) {
    const whole: object = options()[port];
    return Object.fromEntries(
      METHODS[port].map((name) => [
        name,
        (...given: unknown[]): unknown => Reflect.apply(Reflect.get(whole, name) as () => unknown, whole, given),
      ]),
    );
  }

  it.each(Object.entries(METHODS).flatMap(([port, names]) => names.map((name) => [port as keyof typeof METHODS, name] as const)))(
    '%s without %s',
    async (port, name) => {
      const whole = record(port);
      const { [name]: _left, ...less } = whole;
      const construct = (value: unknown) => createTokenService({ ...options(), ...recommended, [port]: value });
      expect(() => construct(whole)).not.toThrow();
      expect(() => construct(less)).toThrow(expect.objectContaining({ code: 'missing_option', option: port }));
    },
  );

  it.each([null, 0, 'redis://', [], () => memoryStore()])('%s as a store', (store) => {
    expect(() => createTokenService({ ...options(), store: store as never })).toThrow(ConfigError);
  });

  it('says once that the default store is lost on restart', () => {
    const warn = vi.spyOn(process, 'emitWarning').mockImplementation(() => undefined);
    createTokenService({ signingKey: SECRET });
    createTokenService({ signingKey: SECRET });
    expect(warn.mock.calls.length).toBeLessThanOrEqual(1);
    expect(warn.mock.calls.flat().join(' ')).toMatch(/lost on restart|^$/);
    warn.mockRestore();
  });
});

describe('L20: memory', () => {
  it('holds what lives: two thousand sessions in a store for two hundred records, over time', async () => {
    const { service, at } = openHouse({ refreshTokenLifetime: 60, store: memoryStore({ maxRecords: 200 }) });
    for (let index = 0; index < 2000; index++) {
      at(index * 5);
      await service.issuePair({ id: String(index % 7), isActive: true });
    }
  });

  it('refuses what it cannot hold instead of forgetting what was revoked', async () => {
    const { service } = openHouse({ store: memoryStore({ maxRecords: 20 }) });
    const { refresh } = await issue(service);
    await service.blacklist(refresh);
    const codes = await Promise.all(Array.from({ length: 30 }, () => codeOf(service.issuePair({ id: '18', isActive: true }))));
    expect(new Set(codes)).toEqual(new Set(['accepted', 'store_full']));
    expect(await codeOf(service.refresh(refresh))).toBe('revoked');
  });
});

describe('L21: identifiers that would break out of a key', () => {
  const IDS = [
    'a}:b{',
    'a',
    'b',
    'a:b',
    '*',
    '__proto__',
    'constructor',
    'a\0',
    'a\r\nDEL *',
    '\u{1F511}',
    'x'.repeat(1000),
    '17',
    ' 17',
    '17 ',
    '{17}',
  ];

  it.each(IDS)('keeps the sessions of %j to themselves', async (id) => {
    const { service } = openHouse({ ...strict, checkAccessRevocation: true });
    const pairs = new Map<string, Awaited<ReturnType<typeof service.issuePair>>>();
    for (const other of IDS) pairs.set(other, await service.issuePair({ id: other, isActive: true }));
    await service.revokeUser(id);
    for (const [other, { refresh, access }] of pairs) {
      const expected = other === id ? 'revoked' : 'accepted';
      expect([await codeOf(service.verify(refresh)), await codeOf(service.verify(access))]).toEqual([expected, expected]);
      let sessions = 0;
      for await (const _session of service.sessions(other)) sessions += 1;
      expect(sessions).toBe(other === id ? 0 : 1);
    }
  });
});

describe('L22: a stolen store', () => {
  it('holds identifiers, and nothing that can be presented', async () => {
    const store = memoryStore();
    const house = openHouse({ ...recommended, store });
    const { chain, access } = await rotations(house, 3);
    const { token } = await house.service.obtainSliding(CREDENTIALS, { metadata: { device: 'phone' } });
    await house.service.blacklist(token);
    const strings = [...stringsIn(store), inspect(store, { showHidden: true, depth: Number.POSITIVE_INFINITY })];
    const given = inspect(house.asked, {
      showHidden: true,
      depth: Number.POSITIVE_INFINITY,
      maxStringLength: null,
      maxArrayLength: null,
    });
    expect(strings).toContain(claimsOf(chain[3] ?? '')['jti']); // the dump sees what is private
    expect(strings).toContain('phone');
    for (const secret of [...chain, access, token]
      .flatMap((text) => [text, ...text.split('.').slice(1)])
      .concat(SECRET, PASSWORD)) {
      expect(strings.filter((text) => text.includes(secret))).toEqual([]);
      expect(given.includes(secret)).toBe(false);
    }
  });

  it('would be noticed holding one', async () => {
    const { service } = openHouse();
    const { refresh } = await issue(service);
    class Careless {
      readonly #tokens = new Map([['17', { refresh }]]);
      get size() {
        return this.#tokens.size;
      }
    }
    expect([...stringsIn(new Careless())]).toContain(refresh);
  });
});

describe('L23: a clock that jumps', () => {
  const HOUR = 3600;
  const JUMPS: readonly (readonly [string, readonly number[]])[] = [
    ['an hour back', [-HOUR]],
    ['a day back', [-24 * HOUR]],
    ['an hour on and back', [HOUR, 0]],
    ['beyond every expiry and back', [40 * 24 * HOUR, 0]],
    ['back and forth', [-HOUR, HOUR, -HOUR, 0]],
  ];
  const ENDS: readonly (readonly [string, (house: House, refresh: string) => Promise<unknown>])[] = [
    ['blacklist', ({ service }, refresh) => service.blacklist(refresh)],
    ['blacklistFamily', ({ service }, refresh) => service.blacklistFamily(refresh)],
    ['revokeUser', ({ service }) => service.revokeUser('17')],
    ['rotation', ({ service }, refresh) => service.refresh(refresh)],
  ];

  it.each(JUMPS.flatMap(([jump, times]) => ENDS.map(([end, finish]) => [end, jump, times, finish] as const)))(
    'revives nothing: %s, then %s',
    async (_end, _jump, jumps, finish) => {
      const house = openHouse({ ...strict, tokenFamilyCheckOnAccess: true, checkAccessRevocation: true });
      const { refresh } = await issue(house.service);
      house.at(1);
      await finish(house, refresh);
      for (const seconds of jumps) {
        house.at(seconds);
        await house.service.flushExpired();
        expect(await codeOf(house.service.refresh(refresh))).not.toBe('accepted');
        expect(await codeOf(house.service.verify(refresh))).not.toBe('accepted');
      }
    },
  );

  it('does not hold the grace window open', async () => {
    const { service, at } = openHouse({ ...theft, refreshGraceSeconds: 10 });
    const { refresh } = await issue(service);
    at(100);
    await service.refresh(refresh);
    at(50);
    expect(await codeOf(service.refresh(refresh))).toBe('reused');
  });

  it('keeps exp by the wall clock', async () => {
    const { service, at } = openHouse();
    const { access } = await issue(service);
    at(299);
    expect(await codeOf(service.authenticate(bearer(access)))).toBe('accepted');
    at(300);
    expect(await codeOf(service.authenticate(bearer(access)))).toBe('expired');
    at(-1);
    expect(await codeOf(service.authenticate(bearer(access)))).toBe('not_yet_valid');
  });

  it.each([Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY])('lets nothing in when it says %d', async (time) => {
    let now = NOW;
    const { service } = openHouse({ ...recommended, clock: () => now });
    const { access, refresh } = await issue(service);
    now = time;
    expect(await codeOf(service.authenticate(bearer(access)))).toBe('invalid_option');
    expect(await codeOf(service.refresh(refresh))).toBe('invalid_option');
    expect(await codeOf(service.verify(refresh))).toBe('invalid_option');
  });
});

describe('L24: a forged replay', () => {
  const respelt = (change: object) => (token: string) => {
    const [header = '', payload = '', signature = ''] = token.split('.');
    const claims = JSON.parse(Buffer.from(payload, 'base64url').toString()) as object;
    return `${header}.${encode({ ...claims, ...change })}.${signature}`;
  };
  const FORGERIES: readonly (readonly [string, (token: string) => string])[] = [
    ['a flipped signature', (token) => token.slice(0, -4) + (token.at(-4) === 'A' ? 'B' : 'A') + token.slice(-3)],
    ['a changed claim', respelt({ admin: true })],
    ['a later exp', respelt({ exp: NOW + 1_000_000 })],
    ['the signature of another key', (token) => forge(claimsOf(token), OTHER_SECRET)],
    ['no signature', (token) => token.slice(0, token.lastIndexOf('.') + 1)],
    ['alg none', (token) => `${encode({ alg: 'none' })}.${token.split('.')[1]}.`],
    ['alg HS512', (token) => signed(`${encode({ alg: 'HS512' })}.${token.split('.')[1]}`, hs('sha512'))],
    ['a character more', (token) => `${token}A`],
    ['another typ and kid', (token) => `${encode({ alg: 'HS256', typ: 'x', kid: 'y' })}.${token.split('.').slice(1).join('.')}`],
  ];

  it.each(FORGERIES)('changes no family: %s', async (_, forgery) => {
    const house = openHouse(recommended);
    const { chain, access } = await rotations(house, 3);
    const { service } = house;
    const before = house.asked.length;
    for (const entry of Object.values(ENTRIES)) {
      for (const token of chain)
        expect(['signature', 'algorithm', 'malformed']).toContain(await codeOf(entry(house, forgery(token))));
    }
    expect(house.asked.length).toBe(before); // no store is asked about what nobody signed
    expect(house.events.filter(({ name }) => name === 'reused' || name === 'revoked')).toEqual([]);
    expect(await codeOf(service.authenticate(bearer(access)))).toBe('accepted');
    expect(await codeOf(service.refresh(chain[3] ?? ''))).toBe('accepted');
  });
});

describe('what is logged', () => {
  const heard: unknown[] = [];
  const SINKS = ['log', 'info', 'warn', 'error', 'debug', 'trace', 'dir', 'table'] as const;

  beforeEach(() => {
    heard.length = 0;
    for (const sink of SINKS) vi.spyOn(console, sink).mockImplementation((...said: unknown[]) => void heard.push(...said));
    vi.spyOn(process, 'emitWarning').mockImplementation((...said: unknown[]) => void heard.push(...said));
  });
  afterEach(() => {
    vi.restoreAllMocks();
  });

  it.each([
    ['Simple JWT defaults', {}],
    ['recommended', { ...recommended, checkAccessRevocation: true }],
  ] as const)('never carries a token, a key or a password: %s', async (_, options) => {
    const house = openHouse(options);
    const { service } = house;
    const tokens = await tokensOf(house);
    const spent = await rotations(house, 2);
    const good = [...Object.values(tokens), ...spent.chain, spent.access];
    const bad = good.flatMap((token) => [
      `${token}A`,
      token.slice(0, -2),
      forge(claimsOf(token), OTHER_SECRET),
      `${encode({ alg: 'none' })}.${token.split('.')[1]}.`,
    ]);
    const errors: { readonly error: unknown; readonly token: string }[] = [];
    for (const token of [...bad, ...good, ...good]) {
      for (const entry of Object.values(ENTRIES)) errors.push({ error: (await refusalOf(entry(house, token))).error, token });
    }
    house.at(10_000_000);
    for (const token of good)
      for (const entry of Object.values(ENTRIES)) errors.push({ error: (await refusalOf(entry(house, token))).error, token });
    errors.push({
      error: (await refusalOf(service.obtainPair({ username: 'ada', password: `${PASSWORD}!` }))).error,
      token: PASSWORD,
    });
    const refusals = errors.filter(({ error }) => error !== undefined);
    expect(refusals.length).toBeGreaterThan(300);
    expect(refusals.flatMap(({ error, token }) => leaks([error], token))).toEqual([]);

    const said = inspect([heard, house.events, refusals.map(({ error }) => error)], {
      depth: 12,
      maxArrayLength: null,
      maxStringLength: null,
    });
    expect([...good, ...bad].map((token) => token.slice(-20)).filter((end) => said.includes(end))).toEqual([]);
    expect([PASSWORD, ...FORBIDDEN].filter((secret) => said.includes(secret))).toEqual([]);
    expect(heard).toEqual([]);
  });
});
