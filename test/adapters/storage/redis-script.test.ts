import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { redisStore } from '../../../src/adapters/storage/redis.ts';
import { decideBlacklist, decideRotation, decideStatus, type TokenFacts } from '../../../src/domain/family/token-family.ts';
import type { RotateOutcome } from '../../../src/ports/rotation-store.ts';
import { expectSame } from '../../../src/testing/promised.ts';
import { fakeClock } from '../../../src/testing/fake-clock.ts';
import { ADA, familyOf, jtiOf } from '../../../src/testing/storage/scenario.ts';
import { ownRedis } from '../../servers/own-redis.ts';
import { hasRedis } from '../../servers/redis-server.ts';

/** Every combination of what a store may know of a token and what may be asked, through the scripts of Redis and through the domain's table. */
const NOW = 1_700_000_000;
const GRACE = 10;
const EPOCH = 5;

const FAMILIES = ['unrecorded', 'live', 'ended', 'revoked'] as const;
const CHILDREN = ['live', 'spent', 'blacklisted'] as const;
const AGES = [-GRACE, -GRACE + 1, 0, GRACE - 1, GRACE] as const;
const RULES = [undefined, 'token'] as const;

interface Case {
  readonly facts: TokenFacts;
  readonly mustBeRecorded: 'token' | undefined;
}

function* allCases(): Iterable<Case> {
  for (const family of FAMILIES) {
    for (const userRevoked of [false, true]) {
      for (const mustBeRecorded of RULES) {
        for (const token of ['unrecorded', 'live', 'blacklisted'] as const) {
          yield { facts: { token, family, userRevoked }, mustBeRecorded };
        }
        for (const successor of CHILDREN) {
          for (const age of AGES) {
            for (const sameAttempt of [false, true]) {
              const spent = { at: NOW - age, sameAttempt, successor };
              yield { facts: { token: 'spent', family, userRevoked, spent }, mustBeRecorded };
            }
          }
        }
      }
    }
  }
}

const cases = [...allCases()];
const until = NOW + 1000;
const ref = {
  jti: jtiOf('token'),
  user: ADA,
  family: familyOf('family'),
  iat: NOW - 100,
  onRecord: true,
  retainUntil: until,
};
const next = { jti: jtiOf('next'), iat: NOW, exp: until - 60, retainUntil: until };

/** The fields of an owner of which the facts are these. */
function fieldsOf({ token, family, userRevoked, spent }: TokenFacts): string[] {
  const fields: string[] = [];
  const live = family === 'live' ? 1 : 0;
  const [epoch, revokedAt] = userRevoked ? [EPOCH, NOW] : [0, 0];
  fields.push('u', `${epoch},${revokedAt},0,${NOW + 3600},${epoch},0,0,1,`);
  const state = family === 'revoked' ? 'X' : 'L';
  const line = ['', NOW, '', '', '', '', '', state, until, live * until, until, live, 0, until * 2, NOW, '', 1, ''];
  if (family !== 'unrecorded') fields.push('ffamily', line.join(','));
  const letters = { live: 'L', spent: 'S', blacklisted: 'B' } as const;
  const record = (kind: 'live' | 'spent' | 'blacklisted', rest: string) =>
    `${letters[kind]},${NOW - 100},${until - 60},${until},family${rest}`;
  if (token !== 'unrecorded') {
    fields.push(
      'ttoken',
      record(token, spent === undefined ? '' : `,child,${spent.sameAttempt ? 'attempt' : 'other'},${spent.at}`),
    );
  }
  if (spent !== undefined) {
    fields.push('tchild', record(spent.successor, spent.successor === 'spent' ? `,grandchild,=,${NOW}` : ''));
  }
  return fields;
}

const named = ({ facts, mustBeRecorded }: Case) => JSON.stringify({ ...facts, mustBeRecorded });

describe.skipIf(!hasRedis())('the scripts of redisStore on redis-server', () => {
  const redis = ownRedis();

  async function given(facts: TokenFacts) {
    const prefix = `${randomUUID()}:`;
    await redis.client.hset(`${prefix}u:ada`, ...fieldsOf(facts));
    return redisStore(redis.client, { prefix, clock: fakeClock(NOW) });
  }

  it(`decides ${cases.length} rotations as the table of the domain does`, async () => {
    expect(cases.length).toBe(528);
    for (const each of cases) {
      const { facts, mustBeRecorded } = each;
      const store = await given(facts);
      const rules = { now: NOW, graceSeconds: GRACE, mustBeRecorded };
      const request = { ...rules, token: ref, successor: next, spends: true, attempt: 'attempt', family: ref.family };
      const more = { access: undefined, retainUntil: until, endFamilyOnReuse: false, metadata: undefined };
      const outcome = await store.rotate({ ...request, ...more }, {});
      expectSame(decisionOf(outcome, next.jti), decideRotation(facts, rules), named(each));
    }
  });

  it('decides as many in the fixed layout of a common rotation, and leaves the same records as without it', async () => {
    let short = 0;
    for (const { facts, mustBeRecorded } of cases) {
      for (const revokedAgo of revocationsOf(facts)) {
        const { now, age, request, results } = await withinOneSecond(facts, { revokedAgo, mustBeRecorded });
        const spent = facts.spent && { ...facts.spent, at: now - age };
        const decision = decideRotation({ ...facts, ...(spent && { spent }) }, { now, graceSeconds: GRACE, mustBeRecorded });
        const about = named({ facts, mustBeRecorded });
        for (const { outcome } of results) expectSame(decisionOf(outcome, request.successor.jti), decision, about);
        const [whole, common] = results;
        expectSame(common?.outcome, whole?.outcome, about);
        expectSame(common?.records, whole?.records, about);
        if (common?.wentShort === true) short++;
        const taken = facts.token === 'live' && !facts.userRevoked && facts.family === 'live';
        expectSame(common?.wentShort, taken && (revokedAgo ?? SPAN) === SPAN, about);
        expectSame(whole?.wentShort, false, about);
      }
    }
    expect(short).toBe(4);
  });

  it.each<[why: string, way: Partial<ShortWay>, outcome: RotateOutcome['outcome'], then: 'open' | 'closed']>([
    ['it is closed', { letter: 'w' }, 'rotated', 'open'],
    ['it was open in another span of time', { span: -1 }, 'rotated', 'open'],
    ['tokens lived shorter', { life: 999 }, 'rotated', 'open'],
    ['the clock of the caller is hours behind', { behind: SPAN, used: -SPAN - 1 }, 'rotated', 'open'],
    [
      'the clock of the server alone is in another span',
      { behind: SPAN, used: -SPAN - 1, span: -1, life: 11_100 },
      'rotated',
      'open',
    ],
    ['its record has expired by an earlier leeway', { till: 0, leeway: 600, life: 100 }, 'rotated', 'open'],
    ['the token has expired', { till: 0 }, 'revoked', 'open'],
    ['an access token of the family lives for days', { letter: 'w', familyTill: 200_000 }, 'rotated', 'closed'],
    ['the name of the family is not kept long enough', { letter: 'w', introduced: 1100 }, 'rotated', 'closed'],
    ['what has expired is to be collected', { letter: 'w', sweep: 0 }, 'rotated', 'closed'],
    ['the user was revoked in that span of time', { letter: 'w', revokedAgo: 2 }, 'rotated', 'closed'],
  ])('leaves a common rotation to the whole script where %s', async (_why, way, outcome, then) => {
    const facts = { token: 'live', family: 'live', userRevoked: false } as const;
    const { request, results } = await withinOneSecond(facts, { way, revokedAgo: way.revokedAgo });
    const [whole, common] = results;
    expectSame(common?.outcome, whole?.outcome, 'the outcome');
    expectSame(common?.records, whole?.records, 'the records');
    expect(common).toMatchObject({ outcome: { outcome }, wentShort: false });
    expect(common?.records[`f${request.family}`]?.startsWith('t')).toBe(then === 'open');
  });

  it('refuses a token that was logged out after its record had expired by an earlier leeway', async () => {
    const now = Number((await redis.client.time())[0]);
    const way = { till: 0, leeway: 600, life: 100 };
    const { fields, request } = commonCase({ token: 'live', family: 'live', userRevoked: false }, now, { way });
    const prefix = `${randomUUID()}:`;
    await redis.client.hset(`${prefix}u:ada`, fields);
    const store = redisStore(redis.client, { prefix });
    const { token, graceSeconds } = request;
    expect(await store.blacklist({ token, now, graceSeconds }, {})).toBe('blacklisted');
    expect(await store.rotate({ ...request, mustBeRecorded: undefined }, {})).toEqual({ outcome: 'revoked' });
  });

  /** The same case by the whole script, which a clock of one's own asks for, and by the fixed layout; again where the second passed meanwhile. */
  async function withinOneSecond(facts: TokenFacts, { mustBeRecorded, revokedAgo, way }: Circumstances) {
    const age = facts.spent === undefined ? 0 : NOW - facts.spent.at;
    for (;;) {
      const [now = 0] = (await redis.client.time()).map(Number);
      const spent = facts.spent && { ...facts.spent, at: now - age };
      const { fields, request } = commonCase({ ...facts, ...(spent && { spent }) }, now, { revokedAgo, way });
      const results = [];
      for (const clock of [fakeClock(now), undefined]) {
        const prefix = `${randomUUID()}:`;
        await redis.client.hset(`${prefix}u:ada`, fields);
        const store = redisStore(redis.client, { prefix, ...(clock && { clock }) });
        const before = await wholeRuns();
        const outcome = await store.rotate({ ...request, mustBeRecorded }, {});
        const wentShort = (await wholeRuns()) === before;
        results.push({ outcome, wentShort, records: await redis.client.hgetall(`${prefix}u:ada`) });
      }
      if (Number((await redis.client.time())[0]) === now) return { now, age, request, results };
    }
  }

  /** The whole script alone reads several fields at once. */
  async function wholeRuns(): Promise<number> {
    return Number(/cmdstat_hmget:calls=(\d+)/.exec(await redis.client.info('commandstats'))?.[1] ?? 0);
  }

  it(`decides as many logouts and checks as the table of the domain does`, async () => {
    for (const each of cases) {
      const { facts, mustBeRecorded } = each;
      const store = await given(facts);
      for (const endedCounts of [false, true]) {
        const status = await store.status({ token: ref, now: NOW, mustBeRecorded, endedCounts }, {});
        expectSame(status, decideStatus(facts, { mustBeRecorded, endedCounts }), named(each));
      }
      const outcome = await store.blacklist({ token: ref, now: NOW, graceSeconds: GRACE }, {});
      const decision = decideBlacklist(facts, { now: NOW, graceSeconds: GRACE });
      expectSame(outcome, decision.startsWith('blacklist') ? 'blacklisted' : decision, named(each));
      if (decision === 'blacklist_successor') {
        expectSame(await store.status({ token: { ...ref, jti: jtiOf('child') }, now: NOW }, {}), 'revoked', named(each));
      }
    }
  });
});

/** The short way of a family is open for so long at a time, and not before the span is over in which its user was revoked. */
const SPAN = 10_000;

/** A digit of which families begin that are in the middle of a span of theirs then, and by how much later it begins than others. */
function inMidSpan(now: number): { readonly digit: string; readonly shift: number } {
  const all = [...'0123456789abcdef'].map((digit) => ({ digit, shift: digit.charCodeAt(0) * 6180 }));
  const found = all.find(({ shift }) => Math.abs(((now + shift) % SPAN) - SPAN / 2) <= 1000);
  if (found === undefined) throw new Error('spans are not spread');
  return found;
}

/** How long ago the user was revoked. */
function revocationsOf({ userRevoked, family }: TokenFacts): readonly (number | undefined)[] {
  if (userRevoked) return [0, 2];
  return family === 'unrecorded' ? [undefined] : [undefined, 0, 2, SPAN];
}

interface Circumstances {
  readonly mustBeRecorded?: 'token' | undefined;
  readonly revokedAgo?: number | undefined;
  readonly way?: Partial<ShortWay> | undefined;
}

/** What the short way of a family depends on; times in seconds from now. */
interface ShortWay {
  readonly letter: 't' | 'w';
  readonly used: number;
  readonly life: number;
  /** Counted from this one. */
  readonly span: number;
  readonly till: number;
  /** By how much the leeway was raised since the token was issued. */
  readonly leeway: number;
  readonly familyTill: number;
  readonly introduced: number;
  readonly sweep: number;
  readonly revokedAgo: number;
  /** How far the clock of the caller is behind that of Redis. */
  readonly behind: number;
}

/**
 * A request in the fixed layout, by the server's own clock, over records of which the short way can be taken: a family issued since the user was
 * revoked, or whose user never was.
 */
function commonCase(
  { token, family, userRevoked, spent }: TokenFacts,
  now: number,
  { revokedAgo, way = {} }: Pick<Circumstances, 'revokedAgo' | 'way'>,
) {
  const { digit, shift } = inMidSpan(now);
  const [jti, familyId, child, successor] = ['g', digit, 'h', 'i'].map((letter) => letter.repeat(32));
  const { used = -1, life = 1100, span = 0, till = 1000, leeway = 0, introduced = 90_000, sweep = 3600, behind = 0 } = way;
  const thisSpan = Math.floor((now + shift) / SPAN);
  const { familyTill = (thisSpan + 1) * SPAN - shift + life - now } = way;
  const until = now + till;
  const [epoch, revokedAt] = revokedAgo === undefined ? [0, 0] : [EPOCH, now - revokedAgo];
  const closed = userRevoked || family === 'revoked' || (revokedAgo !== undefined && revokedAgo < SPAN);
  const letter = way.letter ?? (closed ? 'w' : 't');
  const record = (state: string, rest = '') => `${state},${now - 100},${until - 60},${until},${familyId}${rest}`;
  const fields: Record<string, string> = {
    u: [epoch, revokedAt, now + 90_000, now + sweep, epoch, 0, 0, 1, ''].join(),
  };
  const one = token === 'live' ? jti : spent?.successor === 'live' ? child : undefined;
  const alone = one !== undefined && (family === 'live' || family === 'revoked');
  const state = family === 'revoked' ? 'X' : 'L';
  const bounds = [now + used, String(life).padStart(10, '0'), thisSpan + span, state];
  const rest = [userRevoked ? EPOCH - 1 : epoch, now + introduced, now, '', 1, ''];
  if (family !== 'unrecorded') {
    fields[`f${familyId}`] = (
      alone
        ? [
            letter + one,
            now - 100,
            until - 60,
            until,
            ...bounds,
            familyTill === undefined ? '' : now + familyTill,
            '',
            '',
            '',
            ...rest,
          ]
        : ['', '', '', '', ...bounds, until, family === 'live' ? until : 0, until - 60, family === 'live' ? 1 : 0, ...rest]
    ).join();
  }
  if (token === 'blacklisted') fields[`t${jti}`] = record('B', ',,call,');
  if (token === 'live' && !alone) fields[`t${jti}`] = record('L');
  if (spent !== undefined) {
    fields[`t${jti}`] = record('S', `,${child},${spent.sameAttempt ? successor : 'other'},${spent.at}`);
    const ends = { live: '', spent: `,grandchild,=,${now}`, blacklisted: ',,call,' } as const;
    const letters = { live: 'L', spent: 'S', blacklisted: 'B' } as const;
    if (spent.successor !== 'live' || !alone) fields[`t${child}`] = record(letters[spent.successor], ends[spent.successor]);
  }
  const request = {
    token: { ...ref, jti: jtiOf(String(jti)), family: familyOf(String(familyId)), iat: now - 100, retainUntil: until + leeway },
    successor: { jti: jtiOf(String(successor)), iat: now, exp: until + 40, retainUntil: until + 100 },
    spends: true,
    attempt: String(successor),
    family: familyOf(String(familyId)),
    access: { jti: jtiOf('e'.repeat(32)), retainUntil: until + 50 },
    now: now - behind,
    retainUntil: until,
    graceSeconds: GRACE,
    endFamilyOnReuse: false,
    metadata: undefined,
  };
  return { fields, request };
}

/** `rotated` is a new rotation or the same attempt again: the successor tells which. */
function decisionOf(outcome: RotateOutcome, nextJti: string): string {
  switch (outcome.outcome) {
    case 'rotated':
      return outcome.successor?.jti === nextJti ? 'rotate' : 'replay';
    case 'replayed':
      return 'replay';
    case 'reused':
      return outcome.kind;
    case 'revoked':
    case 'family_revoked':
    case 'unknown':
      return outcome.outcome;
  }
}
