/**
 * What the library promises of its speed: the table that `npm run bench -- --goals` measures and judges.
 *
 * @typedef {object} Goal
 * @property {string} promise
 * @property {string} suite
 * @property {string} row
 * @property {string} contender
 * @property {string} baseline
 * @property {string} [net] A contender that both contain, taken off both.
 * @property {'at least' | 'at most'} direction `at least` so many times faster than the baseline; `at most` this share of its cost.
 * @property {number} goal On Node 20 and 26.
 * @property {number} [goalOn24] Where it differs.
 * @property {number} stretch
 * @property {number} [stretchOn24]
 */

const fromSuite = (suite, contender, baseline, direction) => (promise, row, bounds) => ({
  promise,
  suite,
  row,
  contender,
  baseline,
  direction,
  ...bounds,
});
const verify = fromSuite('verify', 'simplejwt', 'fast-jwt', 'at least');
const overCrypto = fromSuite('verify', 'simplejwt', 'crypto alone', 'at most');
const sign = fromSuite('sign', 'simplejwt', 'fast-jwt', 'at least');
const thrown = fromSuite('reject', 'simplejwt', 'fast-jwt', 'at least');
const heap = fromSuite('heap', 'simplejwt', 'fast-jwt', 'at most');
const workers = fromSuite('workers', '2 workers', '1 worker', 'at least');
const answered = fromSuite('reject', 'simplejwt, verify.try', 'fast-jwt', 'at least');

/** @type {readonly Goal[]} */
export const GOALS = [
  verify('verify HS256, against fast-jwt without cache', 'HS256', { goal: 2.4, goalOn24: 2.7, stretch: 3, stretchOn24: 3.4 }),
  verify('verify HS512, against fast-jwt', 'HS512', { goal: 2.1, stretch: 2.5 }),
  overCrypto('verify RS256, time over crypto alone', 'RS256', { goal: 1.12, stretch: 1.08 }),
  overCrypto('verify PS256, time over crypto alone', 'PS256', { goal: 1.12, stretch: 1.08 }),
  verify('verify ES256, against fast-jwt', 'ES256', { goal: 1.03, goalOn24: 1.25, stretch: 1.06, stretchOn24: 1.3 }),
  verify('verify EdDSA, against fast-jwt', 'EdDSA', { goal: 1, stretch: 1.03 }),
  sign('sign HS256, against fast-jwt', 'HS256', { goal: 2.6, stretch: 3.1 }),
  thrown('reject HS256 bad signature, thrown, against fast-jwt', 'HS256 bad signature', { goal: 4, stretch: 7 }),
  answered('reject HS256 bad signature with verify.try, against fast-jwt', 'HS256 bad signature', { goal: 14, stretch: 20 }),
  answered('reject malformed with verify.try, against fast-jwt', 'HS256 malformed', { goal: 50, stretch: 100 }),
  thrown('reject ES256 expired, thrown, against fast-jwt', 'ES256 expired', { goal: 20, stretch: 30 }),
  {
    ...sign('issue HS256 with claims and jti, against fast-jwt + randomUUID', 'HS256', { goal: 2.4, stretch: 3.2 }),
    suite: 'issue',
    contender: 'simplejwt + randomId',
    baseline: 'fast-jwt + randomUUID',
  },
  {
    promise: "verified before, with revocation check, against fast-jwt's cache hit",
    suite: 'cache',
    row: 'HS256',
    contender: 'simplejwt, cache hit and revocation check',
    baseline: 'fast-jwt, cache hit',
    direction: 'at least',
    goal: 6,
    stretch: 8,
  },
  {
    promise: 'blacklist check in memory at 1M entries, against a Map',
    suite: 'blacklist',
    row: 'check at 1M entries',
    contender: 'revocationList',
    baseline: 'Map',
    direction: 'at least',
    goal: 3,
    stretch: 5,
  },
  {
    promise: 'blacklist in memory at 1M entries, bytes an entry over a Map',
    suite: 'blacklist',
    row: 'bytes an entry at 1M',
    contender: 'revocationList',
    baseline: 'Map',
    direction: 'at most',
    goal: 0.35,
    stretch: 0.35,
  },
  {
    promise: 'verify HS256 and check it through a replica at 1M revocations, over one cold HS256 verify',
    suite: 'replica',
    row: 'check at 1M revocations',
    contender: 'verify, then the replica store',
    baseline: 'HS256 verify, cold',
    direction: 'at most',
    goal: 1.3,
    stretch: 1.2,
  },
  {
    promise: 'replica at 1M revocations, bytes an entry over 35',
    suite: 'replica',
    row: 'bytes an entry at 1M',
    contender: 'replica store',
    baseline: 'the bound',
    direction: 'at most',
    goal: 1,
    stretch: 0.8,
  },
  heap('heap allocated a verify, over fast-jwt', 'HS256 verify', { goal: 0.3, stretch: 0.23 }),
  {
    promise: 'HS256 refresh (rotating) on the memory store, over one verify and two signs',
    suite: 'service',
    row: 'refresh',
    contender: 'refresh',
    baseline: 'one verify and two signs',
    direction: 'at most',
    goal: 2,
    stretch: 1.5,
  },
  {
    promise: 'HTTP refresh on node:http, server CPU over a JSON echo',
    suite: 'http',
    row: 'refresh',
    contender: 'POST /api/token/refresh',
    baseline: 'JSON echo',
    direction: 'at most',
    goal: 1.7,
    stretch: 1.4,
  },
  ...['HS256', 'RS256', 'ES256', 'EdDSA'].map((algorithm) =>
    workers(`two workers verify ${algorithm}, against one`, algorithm, { goal: 1.8, stretch: 1.95 }),
  ),
  {
    promise: 'import simplejwt/jws, over bare node, share of fast-jwt',
    suite: 'import',
    row: 'process',
    contender: 'simplejwt/jws',
    baseline: 'fast-jwt',
    net: 'node alone',
    direction: 'at most',
    goal: 0.5,
    stretch: 0.3,
  },
];
