import { randomUUID } from 'node:crypto';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { redisStore } from '../../../src/adapters/storage/redis.ts';
import { decideBlacklist, decideRotation, decideStatus, type TokenFacts } from '../../../src/domain/family/token-family.ts';
import type { RotateOutcome } from '../../../src/ports/rotation-store.ts';
import { expectSame } from '../../../src/testing/promised.ts';
import { fakeClock } from '../../../src/testing/fake-clock.ts';
import { ADA, familyOf, jtiOf } from '../../../src/testing/storage/scenario.ts';
import { hasRedis, startRedis, type RedisServer } from '../../servers/redis-server.ts';

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
  const line = [state, 0, until * 2, until, live * until, NOW, until, live, NOW, '', 1, ''];
  if (family !== 'unrecorded') fields.push('ffamily', line.join(','));
  const letters = { live: 'L', spent: 'S', blacklisted: 'B' } as const;
  const record = (kind: 'live' | 'spent' | 'blacklisted', rest: string) =>
    `${letters[kind]},family,${NOW - 100},${until},${until - 60}${rest}`;
  if (token !== 'unrecorded') {
    fields.push(
      'ttoken',
      record(token, spent === undefined ? '' : `,${spent.at},child,${spent.sameAttempt ? 'attempt' : 'other'}`),
    );
  }
  if (spent !== undefined) {
    fields.push('tchild', record(spent.successor, spent.successor === 'spent' ? `,${NOW},grandchild,=` : ''));
  }
  return fields;
}

const named = ({ facts, mustBeRecorded }: Case) => JSON.stringify({ ...facts, mustBeRecorded });

describe.skipIf(!hasRedis())('the scripts of redisStore on redis-server', () => {
  let server: RedisServer;
  let client: Redis;
  beforeAll(async () => {
    server = await startRedis();
    client = new Redis(server.port);
  });
  afterAll(async () => {
    client.disconnect();
    await server.stop();
  });

  async function given(facts: TokenFacts) {
    const prefix = `${randomUUID()}:`;
    await client.hset(`${prefix}u:ada`, ...fieldsOf(facts));
    return redisStore(client, { prefix, clock: fakeClock(NOW) });
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
      expectSame(decisionOf(outcome), decideRotation(facts, rules), named(each));
    }
  });

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

/** `rotated` is a new rotation or the same attempt again: the successor tells which. */
function decisionOf(outcome: RotateOutcome): string {
  switch (outcome.outcome) {
    case 'rotated':
      return outcome.successor?.jti === next.jti ? 'rotate' : 'replay';
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
