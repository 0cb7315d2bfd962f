import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { memoryStore } from '../../../src/adapters/storage/memory.ts';
import { replicaStore, type ReplicaStore } from '../../../src/adapters/storage/replica.ts';
import type { TokenStore } from '../../../src/ports/token-store.ts';
import { ADA, BOB, startScenario, type Scenario, type Ticket } from '../../../src/testing/storage/scenario.ts';
import { oldFeed } from './replica-feed.ts';

const step = fc.record({
  call: fc.constantFrom(
    ...(['login', 'login', 'login', 'rotate', 'rotate', 'replay', 'blacklist', 'blacklistAccess'] as const),
    ...(['endFamily', 'revokeUser', 'keepOne', 'wait', 'stranger', 'flush'] as const),
  ),
  host: fc.boolean(),
  which: fc.nat(11),
  grace: fc.boolean(),
  odd: fc.nat(7),
});
type Step = typeof step extends fc.Arbitrary<infer Value> ? Value : never;

/** Two hosts with a replica each over one store, and a plain store that is told the same. */
class Hosts {
  readonly plain = memoryStore();
  readonly replicas: readonly [ReplicaStore, ReplicaStore];
  readonly scenario: Promise<Scenario>;
  readonly refresh: Ticket[] = [];
  readonly access: Ticket[] = [];
  host = 0;

  constructor() {
    const replicas: ReplicaStore[] = [];
    this.scenario = startScenario((clock) => {
      const [store, feed] = [memoryStore(), oldFeed(clock)];
      for (let count = 0; count < 2; count++) replicas.push(replicaStore(store, feed, { maxStalenessSeconds: 300 }));
      return this.#mirrored();
    });
    this.replicas = replicas as never;
  }

  /** Until both copies have all that was published. */
  async settled(): Promise<void> {
    for (const replica of this.replicas) await replica.ready();
    for (let turn = 0; turn < 3; turn++) await new Promise((resolve) => setImmediate(resolve));
    const [one, other] = this.replicas.map((replica) => replica.diagnostics());
    expect(one?.position).toBe(other?.position);
  }

  /** What both hosts say of every access token is what the plain store says. */
  async compare({ clock }: Scenario): Promise<void> {
    await this.settled();
    for (const { token, user, family } of this.access.filter(({ token: { exp } }) => exp > clock()).slice(-16)) {
      for (const mustBeRecorded of [undefined, 'family'] as const) {
        for (const [endedCounts, named, iat] of [
          [true, family, token.iat],
          [false, family, token.iat],
          [true, undefined, token.iat],
          [true, family, undefined],
        ] as const) {
          const ref = { jti: token.jti, user, family: named, iat, onRecord: false, retainUntil: token.retainUntil };
          const query = { token: ref, now: clock(), mustBeRecorded, endedCounts };
          const expected = await this.plain.status(query, {});
          for (const replica of this.replicas) expect(await replica.status(query, {})).toBe(expected);
        }
      }
    }
  }

  async close(): Promise<void> {
    for (const replica of this.replicas) await replica[Symbol.asyncDispose]();
  }

  #mirrored(): TokenStore {
    const both =
      (name: 'epoch' | 'record' | 'rotate' | 'status' | 'blacklist' | 'revokeFamily' | 'revokeUser' | 'flushExpired') =>
      async (...given: unknown[]): Promise<never> => {
        const call = (store: TokenStore): unknown => Reflect.apply(store[name], store, given);
        const answer = await call(this.replicas[this.host] ?? this.plain);
        expect(await call(this.plain)).toEqual(answer);
        return answer as never;
      };
    return {
      epoch: both('epoch'),
      record: both('record'),
      rotate: both('rotate'),
      status: both('status'),
      blacklist: both('blacklist'),
      revokeFamily: both('revokeFamily'),
      revokeUser: both('revokeUser'),
      flushExpired: both('flushExpired'),
      sessions: (...given) => this.plain.sessions(...given),
    };
  }
}

async function take(hosts: Hosts, scenario: Scenario, { call, host, which, grace, odd }: Step): Promise<unknown> {
  const { refresh, access } = hosts;
  const { clock, store } = scenario;
  hosts.host = Number(host);
  const user = odd % 3 === 0 ? BOB : ADA;
  const alive = refresh.filter(({ token }) => token.exp > clock()).slice(-12);
  const ticket = alive[which % Math.max(alive.length, 1)] ?? scenario.mint();
  const graceSeconds = grace ? 10 : 0;
  const accessOf = (owner: Pick<Ticket, 'user' | 'family'>) => {
    const its = scenario.mint({ user: owner.user, family: owner.family, lifetime: 300 });
    access.push(its);
    return its.token;
  };
  switch (call) {
    case 'login': {
      const one = scenario.mint({ user });
      refresh.push(one);
      return scenario.record(one, { access: accessOf(one) });
    }
    case 'rotate':
    case 'replay': {
      const old = call === 'rotate' ? ticket : (refresh[which] ?? ticket);
      const request = scenario.request(old, { graceSeconds, endFamilyOnReuse: odd > 2, access: accessOf(old) });
      const outcome = await store.rotate(request, {});
      if ('successor' in outcome && outcome.successor !== undefined) refresh.push({ ...old, token: outcome.successor });
      return outcome;
    }
    case 'blacklist':
      return scenario.blacklist(ticket, graceSeconds);
    case 'blacklistAccess': {
      const { token, family } = access[which] ?? scenario.mint();
      const ref = { ...token, user: ticket.user, family: grace ? family : undefined, onRecord: false };
      return store.blacklist({ token: ref, now: clock(), graceSeconds: 0 }, {});
    }
    case 'endFamily':
      return scenario.revokeFamily(ticket.family, grace ? ticket.user : undefined);
    case 'revokeUser':
      return scenario.revokeUser(user);
    case 'keepOne':
      return scenario.revokeUser(ticket.user, ticket, odd > 3 ? 'token' : undefined);
    case 'stranger':
      return void access.push(scenario.mint({ user, lifetime: 300 }));
    case 'wait':
      return clock.advance([1, 5, 9, 10, 60, 299, 1200, 1200][odd] ?? 0);
    case 'flush':
      return void (await hosts.plain.flushExpired(clock(), {}));
  }
}

describe('two hosts with a replica each', () => {
  it('say of every access token what the store itself would say, whatever was revoked on which of them', async () => {
    const counts = { local: 0, asked: 0, revoked: 0 };
    const property = fc.asyncProperty(fc.array(step, { minLength: 15, maxLength: 50 }), async (steps) => {
      const hosts = new Hosts();
      const scenario = await hosts.scenario;
      for (const one of steps) {
        const outcome = await take(hosts, scenario, one);
        counts.revoked += Number(outcome === 'revoked');
        await hosts.compare(scenario);
      }
      for (const replica of hosts.replicas) {
        counts.local += replica.diagnostics().local;
        counts.asked += replica.diagnostics().asked;
      }
      await hosts.close();
    });
    await fc.assert(property, { numRuns: 40 });
    expect(counts.local).toBeGreaterThan(1000);
    expect(counts.asked).toBeGreaterThan(1000);
    expect(counts.revoked).toBeGreaterThan(20);
  });
});
