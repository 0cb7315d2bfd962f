import { randomBytes } from 'node:crypto';

/**
 * The day of a sample of families at a store, that ends now: a login each, and then a rotation each time that a refresh is due, all families in turn,
 * so that their records lie mixed as they would. Then checks of access tokens, and some logouts. `meter(name, calls, run)` is told of each part; the
 * lone calls are one at a time, the others 64 at once.
 */
export async function liveADay(store, { sample, refresh, lifetime, access, spent }, meter) {
  const sessions = Array.from({ length: sample }, () => ({ user: newId(), family: newId() }));
  const each = (call, list = sessions, lanes = IN_FLIGHT) => inLanes(list, lanes, call);
  const newToken = (iat) => ({ jti: newId(), iat, exp: iat + lifetime, retainUntil: iat + lifetime + MARGIN });
  const newAccess = (iat) => ({ jti: newId(), iat, retainUntil: iat + access + MARGIN });
  const start = NOW - spent * refresh;

  await meter('login', sample, () =>
    each(async (session) => {
      session.token = newToken(start);
      const { user, family, token } = session;
      const epoch = await store.epoch({});
      const rest = { access: newAccess(start), endsAt: undefined, epoch, metadata: undefined, now: start };
      expected('a login', await store.record({ user, family, token, ...rest }, {}), 'recorded');
    }),
  );
  const last = start + spent * refresh;
  await meter('rotation', sample * (spent - 1), async () => {
    for (let now = start + refresh; now < last; now += refresh) await each((session) => rotate(session, now));
  });
  await meter('lone rotation', sample, () => each((session) => rotate(session, last), sessions, 1));

  const check = ({ user, family, access: { jti, iat, retainUntil } }) =>
    store.status({ token: { jti, user, family, iat, onRecord: false, retainUntil }, now: NOW, ...RULES }, {});
  const checkActive = async (session) => expected('a check', await check(session), 'active');
  await meter('check', CHECKS * sample, async () => {
    for (let turn = 0; turn < CHECKS; turn++) await each(checkActive);
  });
  await meter('lone check', sample, () => each(checkActive, sessions, 1));

  const leaving = sessions.slice(0, Math.ceil(sample / 10));
  await meter('logout', leaving.length, () =>
    each(async ({ user, family }) => {
      const request = { user, family, now: NOW, retainUntil: NOW + lifetime + MARGIN };
      expected('a logout', await store.revokeFamily(request, {}), 'revoked');
    }, leaving),
  );
  await each(async (session) => expected('a check after the logout', await check(session), 'family_revoked'), leaving);
  return { rotate: (index) => rotate(sessions[leaving.length + index], NOW), left: sample - leaving.length };

  async function rotate(session, now) {
    const { user, family, token } = session;
    const successor = newToken(now);
    session.access = newAccess(now);
    const ref = { jti: token.jti, user, family, iat: token.iat, onRecord: true, retainUntil: token.retainUntil };
    const request = { token: ref, successor, family, access: session.access, now, attempt: successor.jti, ...TERMS };
    const { outcome } = await store.rotate({ ...request, retainUntil: successor.retainUntil }, {});
    expected('a rotation', outcome, 'rotated');
    session.token = successor;
  }
}

export function expected(what, answer, right) {
  if (answer !== right) throw new Error(`${what} came to ${answer}, not to ${right}`);
}

/** As this library mints them. */
export const newId = () => randomBytes(16).toString('hex');

export const NOW = Math.floor(Date.now() / 1000);

/** The rules of a check of an access token with `requireOutstanding`. */
export const RULES = { mustBeRecorded: 'family', endedCounts: false };

async function inLanes(list, lanes, call) {
  let next = 0;
  const lane = async () => {
    while (next < list.length) await call(list[next++]);
  };
  await Promise.all(Array.from({ length: lanes }, lane));
}

const TERMS = { spends: true, graceSeconds: 10, mustBeRecorded: 'token', endFamilyOnReuse: true, metadata: undefined };
const CHECKS = 10;
const IN_FLIGHT = 64;
/** By which a record outlives its token. */
export const MARGIN = 60;
