import { afterEach, describe, expect, it } from 'vitest';
import { memoryStore } from '../../../src/adapters/storage/memory.ts';
import { memoryFeed, replicaStore, type ReplicaStore, type ReplicaStoreOptions } from '../../../src/adapters/storage/replica.ts';
import { ConfigError } from '../../../src/domain/errors.ts';
import type { FeedBatch, RevocationFeed } from '../../../src/ports/revocation-feed.ts';
import type { TokenStore } from '../../../src/ports/token-store.ts';
import { ADA, startScenario, type Scenario, type Ticket } from '../../../src/testing/storage/scenario.ts';
import { breakable, oldFeed } from './replica-feed.ts';

/** A store that counts what it is asked, and can be away. */
function counted(store: TokenStore) {
  const asked = { status: 0, away: false };
  const proxy = new Proxy(store, {
    get(target, name: keyof TokenStore) {
      const member = target[name];
      if (typeof member !== 'function') return member;
      return (...given: unknown[]) => {
        if (asked.away) throw new Error('the store is away');
        if (name === 'status') asked.status++;
        return Reflect.apply(member, target, given) as unknown;
      };
    },
  });
  return { store: proxy, asked };
}

/** Seconds that pass when they are told to. */
function stopwatch() {
  const watch = Object.assign(() => watch.seconds, { seconds: 0 });
  return watch;
}

interface House {
  readonly scenario: Scenario;
  readonly replica: ReplicaStore;
  readonly feed: ReturnType<typeof breakable>;
  readonly asked: { status: number; away: boolean };
  readonly watch: ReturnType<typeof stopwatch>;
  readonly told: string[];
  /** Another host over the same store and feed. */
  host(): Promise<ReplicaStore>;
  check(ticket: Ticket, rules?: { readonly mustBeRecorded?: 'family' }): ReturnType<TokenStore['status']>;
}

const opened: ReplicaStore[] = [];
afterEach(async () => {
  for (const replica of opened.splice(0)) await replica[Symbol.asyncDispose]();
});

async function open(options: ReplicaStoreOptions = {}, makeFeed = oldFeed): Promise<House> {
  const watch = stopwatch();
  const told: string[] = [];
  let house: Omit<House, 'scenario' | 'check'> | undefined;
  const scenario = await startScenario(async (clock) => {
    const { store, asked } = counted(memoryStore());
    const feed = breakable(makeFeed(clock));
    const make = () => {
      const events = {
        caughtUp: () => told.push('caught up'),
        stale: () => told.push('stale'),
        lost: () => told.push('lost'),
        failed: () => told.push('failed'),
      };
      const replica = replicaStore(store, feed, { clock: watch, events, ...options });
      opened.push(replica);
      return replica;
    };
    const replica = make();
    await replica.ready();
    const host = async () => {
      const other = make();
      await other.ready();
      return other;
    };
    house = { replica, feed, asked, watch, told, host };
    return replica;
  });
  if (house === undefined) throw new Error('the store was made');
  const check: House['check'] = (ticket, rules = {}) => statusOn(scenario.store, scenario, ticket, rules);
  return { ...house, scenario, check };
}

function statusOn(
  store: TokenStore,
  { clock }: Scenario,
  { token, user, family }: Ticket,
  rules: { readonly mustBeRecorded?: 'family' } = {},
) {
  const { jti, iat, retainUntil } = token;
  return store.status({ token: { jti, user, family, iat, onRecord: false, retainUntil }, now: clock(), ...rules }, {});
}

describe('a check of an access token at a replica', () => {
  it('is answered at once and without the store, where nothing was revoked', async () => {
    const { scenario, replica, asked, check } = await open();
    const ticket = await scenario.login();
    asked.away = true;
    expect(check(ticket)).toBe('active');
    expect(asked.status).toBe(0);
    expect(replica.diagnostics()).toMatchObject({ state: 'fresh', local: 1, asked: 0, entries: 0 });
  });

  it('asks the store once about each family where it must be on record', async () => {
    const { scenario, asked, check } = await open();
    const [ticket, stranger] = [await scenario.login(), scenario.mint()];
    for (let time = 0; time < 3; time++) expect(await check(ticket, { mustBeRecorded: 'family' })).toBe('active');
    expect(asked.status).toBe(1);
    for (let time = 0; time < 3; time++) expect(await check(stranger, { mustBeRecorded: 'family' })).toBe('unknown');
    expect(asked.status).toBe(4);
  });

  it('asks again about a family that was met long ago', async () => {
    const { scenario, asked, watch, check } = await open({ maxStalenessSeconds: 300 });
    const ticket = await scenario.login();
    await check(ticket, { mustBeRecorded: 'family' });
    for (let minute = 0; minute < 20; minute++) {
      watch.seconds += 60;
      await check(ticket, { mustBeRecorded: 'family' });
    }
    expect(asked.status).toBeGreaterThan(1);
  });

  it('asks the store about a token that may have been revoked, and about no other', async () => {
    const { scenario, asked, check } = await open();
    const [ended, kept, other] = [await scenario.login(), await scenario.login(), await scenario.login()];
    await scenario.revokeFamily(ended.family);
    expect(await check(ended)).toBe('family_revoked');
    expect(await check(other)).toBe('active');
    expect(asked.status).toBe(1);
    expect(await scenario.revokeUser(ADA, kept)).toEqual({ outcome: 'revoked' });
    asked.status = 0;
    expect(await check(kept)).toBe('active');
    expect(await check(other)).toBe('revoked');
    expect(asked.status).toBe(2);
  });

  it('asks the store about a token that is old, or does not say how old it is', async () => {
    const { scenario, asked, check } = await open();
    const ticket = await scenario.login();
    scenario.clock.advance(3599);
    expect(check(ticket)).toBe('active');
    expect(asked.status).toBe(0);
    scenario.clock.advance(1); // half of the two hours for which the feed keeps what was revoked
    await check(ticket);
    await check({ ...(await scenario.login()), token: { ...ticket.token, iat: undefined as never } });
    expect(asked.status).toBe(2);
  });

  it('asks the store about a token from before the feed began', async () => {
    const { scenario, asked, check } = await open({}, (clock) => memoryFeed({ clock }));
    const before = await scenario.login();
    scenario.clock.advance(61);
    const after = await scenario.login();
    await check(after);
    expect(asked.status).toBe(0);
    await check(before);
    expect(asked.status).toBe(1);
  });

  it('leaves a refresh token to the store', async () => {
    const { scenario, asked } = await open();
    const ticket = await scenario.login();
    await scenario.status(ticket);
    expect(asked.status).toBe(1);
  });
});

describe('a revocation through a replica', () => {
  const revocations: readonly [string, (scenario: Scenario, ticket: Ticket) => Promise<unknown>][] = [
    ['the end of a family', (scenario, ticket) => scenario.revokeFamily(ticket.family)],
    ['the end of all sessions of a user', (scenario, ticket) => scenario.revokeUser(ticket.user)],
    ['a logout', (scenario, ticket) => scenario.blacklist(ticket)],
    [
      'the reuse of a spent token',
      async (scenario, ticket) => {
        await scenario.refresh(ticket);
        await scenario.rotate(ticket, { endFamilyOnReuse: true });
      },
    ],
  ];

  it.each(revocations)('is known to another host once it was answered: %s', async (_what, revoke) => {
    const { scenario, host } = await open();
    const [other, ticket] = [await host(), await scenario.login()];
    const ended = () => statusOn(other, scenario, ticket);
    expect(ended()).toBe('active');
    await revoke(scenario, ticket);
    await expect.poll(async () => ended()).not.toBe('active');
  });

  it.each(revocations)('is known on its own host at once: %s', async (_what, revoke) => {
    const { scenario, check } = await open();
    const ticket = await scenario.login();
    await revoke(scenario, ticket);
    expect(await check(ticket)).not.toBe('active');
  });

  it.each(revocations.slice(0, 3))('is not applied, nor answered, where it cannot be published: %s', async (_what, revoke) => {
    const { scenario, feed, check } = await open();
    const ticket = await scenario.login();
    feed.broken = 'fails';
    await expect(revoke(scenario, ticket)).rejects.toThrow('the feed is away');
    feed.broken = 'not';
    expect(await scenario.status(ticket)).toBe('active');
    await revoke(scenario, ticket);
    expect(await check(ticket)).not.toBe('active');
  });

  it('is published before it is applied: who sees it in the store finds it in the feed', async () => {
    const order: string[] = [];
    const feed: RevocationFeed = {
      retentionSeconds: 7200,
      publish: async ([first]) => void order.push(`published ${first?.kind}`),
      follow: () => ({ read: () => new Promise<FeedBatch>(() => undefined), close: () => undefined }),
    };
    const { store } = counted(memoryStore());
    const spied: TokenStore = new Proxy(store, {
      get(target, name: keyof TokenStore) {
        const member = target[name];
        if (typeof member !== 'function') return member;
        return (...given: unknown[]) => {
          if (name.startsWith('revoke') || name === 'blacklist') order.push(`${name} applied`);
          return Reflect.apply(member, target, given) as unknown;
        };
      },
    });
    const scenario = await startScenario(() => replicaStore(spied, feed));
    const ticket = await scenario.login();
    await scenario.blacklist(ticket);
    await scenario.revokeFamily(ticket.family);
    await scenario.revokeUser(ticket.user);
    expect(order).toEqual([
      'published family',
      'blacklist applied',
      'published family',
      'revokeFamily applied',
      'published user',
      'revokeUser applied',
    ]);
  });

  it('is told again when a refused rotation is, in case the first that ended its family never came to tell', async () => {
    const { scenario, feed, host } = await open();
    const [other, ticket] = [await host(), await scenario.login()];
    await scenario.refresh(ticket);
    const request = scenario.request(ticket, { endFamilyOnReuse: true });
    feed.broken = 'fails';
    await expect(Promise.resolve(scenario.store.rotate(request, {}))).rejects.toThrow('the feed is away');
    feed.broken = 'not';
    expect(await scenario.store.rotate(request, {})).toMatchObject({ outcome: 'revoked' });
    const access = { ...ticket, token: scenario.mint().token };
    await expect.poll(async () => statusOn(other, scenario, access)).toBe('family_revoked');
  });

  it('fills no feed when a client comes back with a dead token again and again', async () => {
    const { scenario, replica } = await open();
    const ticket = await scenario.login();
    await scenario.revokeFamily(ticket.family);
    for (let time = 0; time < 50; time++) expect((await scenario.rotate(ticket)).outcome).toBe('family_revoked');
    await expect.poll(() => replica.diagnostics().position).toBe('2'); // one by each way
  });
});

describe('a copy that is too old', () => {
  it('answers nothing: the store is asked, which fails closed', async () => {
    const { scenario, replica, feed, asked, watch, told, check } = await open({ maxStalenessSeconds: 5 });
    const ticket = await scenario.login();
    feed.broken = 'fails';
    watch.seconds += 5;
    expect(check(ticket)).toBe('active');
    expect(asked.status).toBe(0);
    watch.seconds += 0.1;
    expect(await check(ticket)).toBe('active');
    expect(asked.status).toBe(1);
    asked.away = true;
    expect(() => check(ticket)).toThrow('the store is away');
    expect(replica.diagnostics()).toMatchObject({ state: 'stale', asked: 2, refused: 0 });
    expect(told.filter((what) => what === 'stale')).toHaveLength(1);
  });

  it('refuses at once with store_unavailable (503), where it is told to', async () => {
    const { scenario, replica, feed, asked, watch, check } = await open({ maxStalenessSeconds: 5, beyond: 'refuse' });
    const ticket = await scenario.login();
    feed.broken = 'hangs';
    watch.seconds += 5.1;
    expect(() => check(ticket)).toThrow(expect.objectContaining({ code: 'store_unavailable', status: 503 }));
    expect(asked.status).toBe(0);
    expect(replica.diagnostics()).toMatchObject({ state: 'stale', refused: 1 });
  });

  it('answers again once it has caught up, with what was revoked meanwhile', async () => {
    const { scenario, feed, replica, watch, told, host, check } = await open({ maxStalenessSeconds: 1, beyond: 'refuse' });
    const ticket = await scenario.login();
    feed.broken = 'fails';
    await expect.poll(() => replica.diagnostics().failures).toBeGreaterThan(0);
    watch.seconds += 100;
    expect(() => check(ticket)).toThrow();
    feed.broken = 'not';
    const other = await host();
    await other.revokeFamily({ family: ticket.family, user: ADA, now: scenario.clock(), retainUntil: 2_000_000_000 }, {});
    await expect.poll(() => replica.diagnostics().state).toBe('fresh');
    expect(await check(ticket)).toBe('family_revoked');
    expect(told).toEqual(expect.arrayContaining(['failed', 'stale', 'caught up']));
  });

  it('is as old as the call of the read that filled it, however long that took', async () => {
    let answer: (batch: FeedBatch) => void = () => undefined;
    const watch = stopwatch();
    const feed: RevocationFeed = {
      retentionSeconds: 7200,
      publish: async () => undefined,
      follow: () => ({ read: () => new Promise((resolve) => (answer = resolve)), close: () => answer(EMPTY) }),
    };
    const replica = replicaStore(memoryStore(), feed, { clock: watch, beyond: 'refuse', maxStalenessSeconds: 5 });
    watch.seconds = 4;
    answer(EMPTY);
    await replica.ready();
    expect(replica.diagnostics()).toMatchObject({ state: 'fresh', ageSeconds: 4 });
    watch.seconds = 5.1;
    const scenario = await startScenario(() => replica);
    expect(() => statusOn(replica, scenario, scenario.mint())).toThrow(expect.objectContaining({ code: 'store_unavailable' }));
    await replica[Symbol.asyncDispose]();
  });

  it('stays fresh while nothing is published', async () => {
    const { scenario, replica, asked, check } = await open({ maxStalenessSeconds: 1, clock: () => performance.now() / 1000 });
    const ticket = await scenario.login();
    for (const until = performance.now() + 1500; performance.now() < until;) {
      expect(check(ticket)).toBe('active');
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    expect(asked.status).toBeLessThan(replica.diagnostics().local);
  });

  it('is too old from the start: before it is complete the store is asked, or nobody is let in', async () => {
    for (const beyond of ['ask', 'refuse'] as const) {
      const { scenario, feed, asked } = await open();
      const ticket = await scenario.login();
      await scenario.revokeFamily(ticket.family);
      feed.broken = 'hangs';
      const restarted = replicaStore(scenario.store, feed, { beyond });
      opened.push(restarted);
      asked.status = 0;
      expect(restarted.diagnostics()).toMatchObject({ state: 'starting', ageSeconds: undefined, position: undefined });
      const check = () => statusOn(restarted, scenario, ticket);
      if (beyond === 'ask') expect(await check()).toBe('family_revoked');
      else expect(check).toThrow(expect.objectContaining({ code: 'store_unavailable' }));
      await restarted[Symbol.asyncDispose]();
      feed.broken = 'not';
      const again = replicaStore(scenario.store, feed, { beyond });
      opened.push(again);
      await again.ready();
      expect(await statusOn(again, scenario, ticket)).toBe('family_revoked');
    }
  });
});

describe('a feed that has lost its history', () => {
  it('is begun anew: families are met again, and tokens from before are left to the store', async () => {
    const batches: ((batch: FeedBatch) => void)[] = [];
    const feed: RevocationFeed = {
      retentionSeconds: 7200,
      publish: async () => undefined,
      follow: () => ({
        read: () => new Promise((resolve) => batches.push(resolve)),
        close: () => batches.splice(0).forEach((end) => end({ ...EMPTY, since: Infinity })),
      }),
    };
    const { store, asked } = counted(memoryStore());
    const lost: number[] = [];
    const replica = replicaStore(store, feed, { events: { lost: () => void lost.push(1) } });
    const scenario = await startScenario(() => replica);
    const now = scenario.clock();
    const ticket = await scenario.login();
    await expect.poll(() => batches.length).toBe(1);
    batches.shift()?.({ ...EMPTY, since: now - 3600, now, entries: [{ kind: 'family', id: 'another', at: now }] });
    await replica.ready();
    for (let time = 0; time < 2; time++) await statusOn(replica, scenario, ticket, { mustBeRecorded: 'family' });
    expect(asked.status).toBe(1);
    expect(replica.diagnostics()).toMatchObject({ entries: 1, knownFamilies: 1 });
    await expect.poll(() => batches.length).toBe(1);
    batches.shift()?.({ ...EMPTY, since: now - 1800, now, lost: true });
    await expect.poll(() => lost).toEqual([1]);
    expect(replica.diagnostics()).toMatchObject({ state: 'fresh', entries: 0, knownFamilies: 0, losses: 1 });
    await statusOn(replica, scenario, ticket, { mustBeRecorded: 'family' });
    expect(asked.status).toBe(2);
    await expect.poll(() => batches.length).toBe(1);
    batches.shift()?.({ ...EMPTY, since: now, now, lost: true });
    await expect.poll(() => lost).toHaveLength(2);
    for (let time = 0; time < 2; time++) await statusOn(replica, scenario, ticket);
    expect(asked.status).toBe(4);
    await replica[Symbol.asyncDispose]();
    expect(replica.diagnostics().state).toBe('closed');
  });
});

const EMPTY: FeedBatch = { entries: [], caughtUp: true, lost: false, since: 0, now: 0, position: '' };

describe('the options of a replica', () => {
  const make = (options: object) => () => replicaStore(memoryStore(), memoryFeed(), options);

  it.each([
    [{ maxStalenessSeconds: 0 }, 'maxStalenessSeconds'],
    [{ maxStalenessSeconds: 301 }, 'maxStalenessSeconds'],
    [{ beyond: 'allow' }, 'beyond'],
    [{ maxKnownFamilies: 0 }, 'maxKnownFamilies'],
    [{ events: null }, 'events'],
    [{ events: { loss: () => undefined } }, 'loss'],
    [{ clock: 5 }, 'clock'],
    [{ maxStaleness: 5 }, 'maxStaleness'],
  ])('are refused where they cannot be meant: %j', (options, option) => {
    expect(make(options)).toThrow(ConfigError);
    expect(make(options)).toThrow(expect.objectContaining({ option }));
  });

  it('name what store and feed must be', () => {
    expect(() => replicaStore({} as never, memoryFeed())).toThrow(expect.objectContaining({ option: 'store' }));
    expect(() => replicaStore(memoryStore(), {} as never)).toThrow(expect.objectContaining({ option: 'feed' }));
    expect(() => memoryFeed({ retentionSeconds: 0 })).toThrow(ConfigError);
    expect(() => memoryFeed({ clock: 1 as never })).toThrow(ConfigError);
  });
});
