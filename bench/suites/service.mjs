import { createTokenService } from 'simplejwt';
import { createSigner, createVerifier } from 'simplejwt/jws';
import { memoryStore } from 'simplejwt/storage/memory';
import { keysFor } from '../fixtures/keys.mjs';
import { AUDIENCE, ISSUER } from '../fixtures/tokens.mjs';

/** The store stays small: tokens live for a minute of a clock that moves on by a second each time all sessions have been used. */
export const service = {
  name: 'service',
  about: 'HS256 on the memory store, one call after the other, beside the cryptography that the call contains',
  unit: 'time',
  compared: 'share',
  baseline: 'one verify and two signs',
  rows: [
    { name: 'refresh', prepare: refreshing },
    { name: 'issuePair', baseline: 'two signs', prepare: issuingPairs },
    { name: 'authenticate', baseline: 'one verify', prepare: authenticating },
  ].map((row) => ({ ...row, warmMs: 1000 })),
};

async function refreshing() {
  const house = await createHouse();
  const { sessions, service, turn } = house;
  async function refresh(index) {
    turn(index);
    const session = sessions[index & MASK];
    const { refresh: next } = await service.refresh(session.refresh);
    session.refresh = next;
    return next;
  }
  return {
    contenders: [
      {
        name: 'refresh',
        awaited: true,
        ownThread: true,
        ours: true,
        call: refresh,
        async check() {
          const before = sessions[0].refresh;
          const after = await refresh(0);
          if (before === after) throw new Error('the refresh token was not rotated');
          const refusal = await service.refresh(before).then(
            () => undefined,
            ({ code }) => code,
          );
          if (refusal === undefined) throw new Error('a spent refresh token was taken');
          await house.restart(0);
        },
      },
      plain('one verify and two signs', house, ({ verify, sign, refreshClaims, accessClaims }) => () => {
        verify(house.sample.refresh);
        return sign(refreshClaims) + sign(accessClaims);
      }),
    ],
    notApplicable: [],
  };
}

async function issuingPairs() {
  const house = await createHouse();
  const { service, turn } = house;
  const issue = (index) => {
    turn(index);
    return service.issuePair(USER);
  };
  return {
    contenders: [
      {
        name: 'issuePair',
        awaited: true,
        ownThread: true,
        ours: true,
        call: issue,
        check: async () => (await issue(1)).refresh !== (await issue(1)).refresh,
      },
      plain(
        'two signs',
        house,
        ({ sign, refreshClaims, accessClaims }) =>
          () =>
            sign(refreshClaims) + sign(accessClaims),
      ),
    ],
    notApplicable: [],
  };
}

async function authenticating() {
  const house = await createHouse({ accessTokenLifetime: '30d' });
  const { service, sample } = house;
  const request = { headers: { authorization: `Bearer ${sample.access}` } };
  const altered = { headers: { authorization: `Bearer ${sample.access.slice(0, -4)}AAAA` } };
  const named = (name, authenticate) => ({
    name,
    awaited: true,
    ownThread: true,
    ours: true,
    call: () => authenticate(request),
    async check() {
      const refused = await authenticate(altered).then(
        () => false,
        () => true,
      );
      return refused && (await authenticate(request)).claims.user_id === USER.id;
    },
  });
  return {
    contenders: [
      named('authenticate', (source) => service.authenticate(source)),
      named('authenticateStateless', (source) => service.authenticateStateless(source)),
      plain(
        'one verify',
        house,
        ({ verify }) =>
          () =>
            verify(sample.access),
      ),
    ],
    notApplicable: [],
  };
}

/** A service with its sessions under way, on a clock of its own. */
async function createHouse(settings = {}) {
  let now = 1_790_000_000;
  const keys = keysFor('HS256');
  const service = createTokenService({
    algorithm: 'HS256',
    signingKey: keys.privateText,
    issuer: ISSUER,
    audience: AUDIENCE,
    accessTokenLifetime: 30,
    refreshTokenLifetime: 60,
    rotateRefreshTokens: true,
    blacklistAfterRotation: true,
    clock: () => now,
    store: memoryStore(),
    users: { authenticate: () => USER, findById: () => USER },
    ...settings,
  });
  const sessions = [];
  for (let index = 0; index <= MASK; index++) sessions.push({ ...(await service.issuePair(USER)) });
  return {
    keys,
    service,
    sessions,
    sample: await service.issuePair(USER),
    clock: () => now,
    turn(index) {
      if ((index & MASK) === 0) now += 1;
    },
    async restart(index) {
      Object.assign(sessions[index], await service.issuePair(USER));
    },
  };
}

/** The same cryptography by hand, over the very claims that the service writes. */
function plain(name, { keys, sample }, build) {
  const start = claimsIn(sample.refresh).iat;
  const options = { algorithms: ['HS256'], key: keys.publicKey, issuer: ISSUER, audience: AUDIENCE, clock: () => start };
  const parts = {
    verify: createVerifier(options),
    sign: createSigner({ algorithm: 'HS256', key: keys.privateKey }),
    refreshClaims: claimsIn(sample.refresh),
    accessClaims: claimsIn(sample.access),
  };
  const call = build(parts);
  return { name, call, check: () => Boolean(call()) && parts.sign(parts.refreshClaims) === sample.refresh };
}

function claimsIn(token) {
  return JSON.parse(Buffer.from(token.split('.')[1], 'base64url').toString());
}

const USER = { id: '100007', isActive: true };
const MASK = 63;
