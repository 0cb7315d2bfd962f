import { randomBytes, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { connect } from 'node:net';
import { createInterface } from 'node:readline';
import { Redis } from 'ioredis';
import { createClient } from 'redis';
import { describe, expect, it, vi } from 'vitest';
import { redisStore } from '../../../src/adapters/storage/redis.ts';
import { spanOf } from '../../../src/adapters/storage/redis/span.ts';
import { ConfigError } from '../../../src/domain/errors.ts';
import { createTokenService, recommended } from '../../../src/index.ts';
import { familyOf, jtiOf, startScenario, together, userOf, type Scenario } from '../../../src/testing/storage/scenario.ts';
import { memoryUsers } from '../../../src/adapters/users/memory.ts';
import { ownRedis } from '../../servers/own-redis.ts';
import { hasRedis } from '../../servers/redis-server.ts';

/** What a client says when it connects. */
const HANDSHAKE = new Set(['hello', 'client', 'info', 'monitor']);
const hex = () => randomBytes(16).toString('hex');
const seconds = () => Math.floor(Date.now() / 1000);

describe.skipIf(!hasRedis())('redisStore on one redis-server', () => {
  const redis = ownRedis();

  const prefix = () => `${randomUUID()}:`;
  /** A scenario by the server's own time, with identifiers as a service makes them. */
  async function scenarioNow(store = redisStore(redis.client, { prefix: prefix() })): Promise<Scenario> {
    const scenario = await startScenario(() => store);
    scenario.clock.set(seconds());
    return scenario;
  }
  const random = () => ({ jti: jtiOf(hex()), family: familyOf(hex()), user: userOf(hex()) });
  const mintNext = (scenario: Scenario) => scenario.mint({ jti: jtiOf(hex()) }).token;

  /** How often each command was carried out meanwhile: what a client sent, and not what scripts called. */
  async function sent(run: () => Promise<unknown>): Promise<Record<string, number>> {
    const socket = connect(redis.server.port, '127.0.0.1');
    const lines = createInterface({ input: socket }); // ioredis loses count when another connection begins meanwhile
    const counts: Record<string, number> = {};
    const end = randomUUID();
    const seen = new Promise<void>((resolve) => {
      lines.on('line', (line) => {
        const [, source = '', command = ''] = /^\+[\d.]+ \[\d+ ([^\]]+)\] "([^"]*)"/.exec(line) ?? [];
        if (line.includes(end)) resolve();
        else if (command !== '' && source !== 'lua' && !HANDSHAKE.has(command.toLowerCase()))
          counts[command.toLowerCase()] = (counts[command.toLowerCase()] ?? 0) + 1;
      });
    });
    socket.write('MONITOR\r\n');
    await once(lines, 'line');
    await run();
    await redis.client.echo(end);
    await seen;
    socket.destroy();
    return counts;
  }

  it('takes one command for a rotation, and one for a check; those of one tick go together', async () => {
    const scenario = await scenarioNow();
    const tickets = await together(20, () => scenario.login(random()));
    const rotate = (ticket: (typeof tickets)[number], index: number) => {
      const successor = mintNext(scenario);
      const access = index % 2 === 0 ? { jti: jtiOf(hex()), retainUntil: seconds() + 400 } : undefined;
      return scenario.rotate(ticket, { successor, attempt: successor.jti, access, graceSeconds: 10, mustBeRecorded: 'token' });
    };
    const check = (ticket: (typeof tickets)[number]) => scenario.status(ticket);
    const oneByOne = async (act: (ticket: (typeof tickets)[number], index: number) => Promise<unknown>) => {
      for (const [index, ticket] of tickets.slice(0, 10).entries()) await act(ticket, index);
    };
    await scenario.refresh(await scenario.login(random()), { successor: mintNext(scenario) }); // the server has the script from now on
    expect(await sent(() => oneByOne(rotate))).toEqual({ evalsha: 10 });
    expect(await sent(() => oneByOne(check))).toEqual({ hmget: 10 });
    const access = tickets.map((ticket) => scenario.mint({ ...random(), user: ticket.user, family: ticket.family }));
    expect(await sent(() => check(access[0]!))).toEqual({ hmget: 1 });

    const outcomes: string[] = [];
    const rotateLast = async (ticket: (typeof tickets)[number], index: number) => {
      outcomes.push((await rotate(ticket, index)).outcome);
    };
    expect(await sent(() => Promise.all(tickets.slice(10).map(rotateLast)))).toEqual({ evalsha: 1 });
    expect(outcomes).toEqual(Array<string>(10).fill('rotated'));
    await Promise.all(tickets.map(check)); // the server has that script too
    expect(await sent(() => Promise.all(access.map(check)))).toEqual({ evalsha: 1 });
  });

  it('goes the short way for every family, wherever its span begins', async () => {
    const scenario = await scenarioNow();
    const firsts = [...'0123456789abcdef'].filter((first) => spanOf(seconds(), first).ends > seconds() + 60);
    const call = vi.spyOn(redis.client, 'call');
    for (const first of firsts) {
      const family = familyOf(first + hex().slice(1));
      let ticket = await scenario.login({ ...random(), family });
      for (let index = 0; index < 2; index++) {
        const successor = mintNext(scenario);
        ticket = await scenario.refresh(ticket, { successor, attempt: successor.jti, graceSeconds: 10 });
      }
    }
    const replies = await Promise.all(call.mock.results.map(({ value }): unknown => value));
    call.mockRestore();
    expect(firsts.length).toBeGreaterThan(12);
    expect(replies.filter((reply) => reply === 'R')).toHaveLength(2 * firsts.length);
  });

  it('answers each of many checks and rotations of one tick for itself', async () => {
    const scenario = await scenarioNow();
    const [live, spent, ended, stranger] = [
      await scenario.login(random()),
      await scenario.login(random()),
      await scenario.login(random()),
      scenario.mint(random()),
    ];
    await scenario.refresh(spent, { successor: mintNext(scenario) });
    await scenario.revokeFamily(ended.family);
    const all = [live, spent, ended, stranger];
    const statuses = await Promise.all(all.map((ticket) => scenario.status(ticket, { mustBeRecorded: 'token' })));
    expect(statuses).toEqual(['active', 'revoked', 'family_revoked', 'unknown']);
    const successors = all.map(() => mintNext(scenario));
    const outcomes = await Promise.all(
      all.map((ticket, index) =>
        scenario.rotate(ticket, { successor: successors[index]!, attempt: successors[index]!.jti, mustBeRecorded: 'token' }),
      ),
    );
    expect(outcomes.map(({ outcome }) => outcome)).toEqual(['rotated', 'reused', 'family_revoked', 'unknown']);
  });

  it('takes one command for both of a token that names no family, as tokens do by default', async () => {
    const scenario = await scenarioNow();
    const ticket = await scenario.login(random());
    const { jti, iat, retainUntil } = ticket.token;
    const token = { jti, user: ticket.user, family: undefined, iat, onRecord: true, retainUntil };
    expect(await sent(() => scenario.rotate(ticket, { token, successor: mintNext(scenario) }))).toEqual({ evalsha: 1 });
    await sent(() => scenario.status(ticket, { family: undefined }));
    expect(await sent(() => scenario.status(ticket, { family: undefined }))).toEqual({ evalsha: 1 });
    expect(await scenario.status(ticket, { family: undefined })).toBe('revoked');
  });

  it('keeps a session together whose tokens name another family than the one they are of', async () => {
    const scenario = await scenarioNow();
    const ticket = scenario.mint(random());
    const { jti, iat, retainUntil } = ticket.token;
    const unnamed = { jti, user: ticket.user, family: undefined, iat, onRecord: true, retainUntil };
    const family = familyOf(hex());
    const common = () => {
      const successor = mintNext(scenario);
      return { successor, attempt: successor.jti, graceSeconds: 10 };
    };
    // by a service whose tokens name no family, and on by one whose do
    const child = { ...ticket, token: (await scenario.refresh(ticket, { ...common(), token: unnamed, family })).token };
    const last = await scenario.refresh(child, common());
    expect(await scenario.status(last, { mustBeRecorded: 'token' })).toBe('active');
    await scenario.revokeFamily(family, ticket.user);
    expect(await scenario.rotate(last, common())).toEqual({ outcome: 'family_revoked' });
  });

  it('gives the common rotation the same answers as the whole script', async () => {
    for (const clock of [undefined, seconds]) {
      const scenario = await scenarioNow(redisStore(redis.client, { prefix: prefix(), ...(clock && { clock }) }));
      const ticket = await scenario.login(random());
      const successor = mintNext(scenario);
      const rotation = {
        successor,
        attempt: successor.jti,
        graceSeconds: 10,
        endFamilyOnReuse: true,
        mustBeRecorded: 'token',
      } as const;
      const rotated = { outcome: 'rotated', family: ticket.family, successor };
      expect(await scenario.rotate(ticket, rotation)).toEqual(rotated);
      expect(await scenario.rotate(ticket, rotation)).toEqual(rotated); // sent twice
      const other = mintNext(scenario);
      const again = { ...rotation, successor: other, attempt: other.jti };
      expect(await scenario.rotate(ticket, again)).toEqual({ ...rotated, outcome: 'replayed' });
      expect(await scenario.status({ ...ticket, token: other }, { mustBeRecorded: 'token' })).toBe('unknown');
      const child = { ...ticket, token: successor };
      expect((await scenario.sessions(ticket.user)).map(({ id, expiresAt }) => [id, expiresAt])).toEqual([
        [ticket.family, successor.exp],
      ]);
      expect(await scenario.rotate(child, again)).toEqual({ ...rotated, successor: other });
      const reused = { outcome: 'reused', kind: 'ancestor', family: ticket.family, familyEnded: true };
      expect(await scenario.rotate(ticket, { ...rotation, attempt: hex() })).toEqual(reused);
      const last = { ...ticket, token: other };
      expect(await scenario.rotate(last, { ...rotation, successor: mintNext(scenario) })).toEqual({ outcome: 'family_revoked' });
      const second = await scenario.login({ ...random(), user: ticket.user });
      await scenario.revokeUser(ticket.user);
      expect(await scenario.rotate(second, { ...rotation, endFamilyOnReuse: false })).toEqual({ outcome: 'revoked' });
    }
  });

  it('lets one of two stores over two clients win, whatever they race for', async () => {
    const shared = prefix();
    const other = await createClient({ url: `redis://127.0.0.1:${redis.server.port}` }).connect();
    const first = await scenarioNow(redisStore(redis.client, { prefix: shared }));
    const second = await scenarioNow(redisStore(other, { prefix: shared }));
    for (let round = 0; round < 20; round++) {
      const ticket = await first.login(random());
      const outcomes = await together(16, (index) => {
        const scenario = index % 2 === 0 ? first : second;
        const successor = mintNext(scenario);
        return scenario.rotate(ticket, { successor, attempt: successor.jti, graceSeconds: 10 });
      });
      const successors = outcomes.map((outcome) => ('successor' in outcome ? outcome.successor?.jti : outcome.outcome));
      expect(new Set(successors).size).toBe(1);
      expect(outcomes.filter(({ outcome }) => outcome === 'rotated')).toHaveLength(1);
    }
    other.destroy();
  });

  it('goes on when the server has forgotten the scripts', async () => {
    const scenario = await scenarioNow();
    const ticket = await scenario.login(random());
    await redis.client.script('FLUSH');
    const counts = await sent(() => scenario.refresh(ticket, { successor: mintNext(scenario) }));
    expect(counts).toEqual({ evalsha: 1, eval: 1 });
    await redis.client.script('FLUSH');
    const outcomes = await together(8, () => scenario.revokeFamily(ticket.family, ticket.user));
    expect(outcomes.filter((outcome) => outcome === 'revoked')).toHaveLength(1);
  });

  it('measures the grace window by the clock of the server, whatever the callers take it to be', async () => {
    const scenario = await scenarioNow();
    const ticket = await scenario.login(random());
    const successor = mintNext(scenario);
    await scenario.rotate(ticket, { successor, attempt: successor.jti, graceSeconds: 10 });
    for (const jump of [3600, -7200]) {
      scenario.clock.advance(jump); // a host whose clock jumped
      expect((await scenario.rotate(ticket, { graceSeconds: 10 })).outcome).toBe('replayed');
    }
  });

  it('keeps every key under its prefix, with a time to live, and whole users in one key', async () => {
    const under = prefix();
    const scenario = await scenarioNow(redisStore(redis.client, { prefix: under }));
    const odd = ['a}b', '{a}', 'a:b', '\0', '\u{1f600}', 'x'.repeat(10_000)].map(userOf);
    for (const user of odd) {
      const ticket = await scenario.login({ ...random(), user });
      await scenario.refresh(ticket, { successor: mintNext(scenario) });
      await scenario.revokeUser(user);
    }
    const keys = await redis.client.keys(`${under}*`);
    expect(keys.filter((key) => key.startsWith(`${under}u:`))).toHaveLength(odd.length);
    expect(keys.filter((key) => key.startsWith(`${under}n:`))).toHaveLength(odd.length);
    expect(keys).toHaveLength(2 * odd.length + 1);
    for (const key of keys) {
      const left = await redis.client.pttl(key);
      if (key === `${under}epoch`) expect(left).toBe(-1);
      else expect(left).toBeGreaterThanOrEqual(86_400_000 + 60_000);
    }
    expect(await redis.client.keys(`${under.slice(0, -1)}[^:]*`)).toEqual([]);
  });

  it('never issues an epoch twice, and fails closed, when the common epoch is lost', async () => {
    const under = prefix();
    const store = redisStore(redis.client, { prefix: under });
    const scenario = await scenarioNow(store);
    const [ada, bob] = [random(), random()];
    await scenario.revokeUser(ada.user);
    const old = await scenario.login(ada);
    const before = await store.epoch({});
    await redis.client.del(`${under}epoch`);
    expect(await scenario.record(scenario.mint(random()), { epoch: 0 })).toBe('recorded'); // a user who was never revoked
    const late = scenario.mint({ ...ada, jti: jtiOf(hex()), family: familyOf(hex()) });
    expect(await scenario.record(late)).toBe('revoked'); // a login that read a lost epoch
    expect(await scenario.record({ ...late, family: familyOf(hex()) })).toBe('recorded'); // the next, which reads it anew
    await redis.client.del(`${under}epoch`);
    await scenario.revokeUser(bob.user);
    expect(await scenario.record(scenario.mint(bob), { epoch: before })).toBe('revoked'); // a login from before the loss
    await scenario.revokeUser(ada.user);
    expect(await scenario.status(old)).toBe('revoked');
  });

  it('sees the end of a family by its name alone, though its sessions were refreshed for long', async () => {
    const scenario = await scenarioNow();
    const clocked = await startScenario((clock) => redisStore(redis.client, { prefix: prefix(), clock }));
    let ticket = await clocked.login(random());
    for (let day = 0; day < 40; day++) {
      clocked.clock.advance(80_000);
      ticket = await clocked.refresh(ticket, { successor: mintNext(clocked) });
    }
    const [stored] = await clocked.sessions(ticket.user);
    expect(stored?.id).toBe(ticket.family);
    expect(await clocked.revokeFamily(ticket.family)).toBe('revoked');
    expect(await clocked.status(ticket)).toBe('family_revoked');
    expect(await scenario.revokeFamily(familyOf(hex()))).toBe('revoked');
  });

  it('collects what expired long ago as it goes, and counts nothing of it', async () => {
    const under = prefix();
    const scenario = await startScenario((clock) => redisStore(redis.client, { prefix: under, clock }));
    const user = userOf('collected');
    for (let index = 0; index < 200; index++) await scenario.login({ user, lifetime: 60, metadata: { index } });
    expect(await redis.client.hlen(`${under}u:collected`)).toBeGreaterThan(600);
    scenario.clock.advance(3 * 3600);
    for (let index = 0; index < 40; index++) await scenario.login({ user });
    expect(await redis.client.hlen(`${under}u:collected`)).toBeLessThan(100);
    expect(await scenario.sessions(user)).toHaveLength(40);
  });

  it('lists more sessions than fit a page, each once, newest first', async () => {
    const scenario = await scenarioNow();
    const { user } = random();
    const families = [];
    for (let index = 0; index < 300; index++) {
      const { family } = await scenario.login({ ...random(), user, metadata: { note: 'x'.repeat(100) } });
      families.unshift(family);
    }
    expect((await scenario.sessions(user)).map(({ id }) => id)).toEqual(families);
  });

  it('holds no token: a dump of the server yields nothing that can be presented', async () => {
    const under = prefix();
    const users = memoryUsers([{ id: 7, username: 'ada', password: 'correct horse', isActive: true }]);
    const key = 'a secret of the service, 32 octets or more';
    const store = redisStore(redis.client, { prefix: under });
    const service = createTokenService({ ...recommended, signingKey: key, users, store });
    const first = await service.obtainPair({ username: 'ada', password: 'correct horse' }, { metadata: { device: 'phone' } });
    const second = await service.refresh(first.refresh);
    const spare = await service.obtainPair({ username: 'ada', password: 'correct horse' });
    await service.blacklist(spare.refresh);
    const values: string[] = [];
    for (const name of await redis.client.keys(`${under}*`)) {
      values.push(name);
      if ((await redis.client.type(name)) === 'hash') values.push(...Object.entries(await redis.client.hgetall(name)).flat());
      else values.push((await redis.client.get(name)) ?? '');
    }
    const dump = values.join('\n');
    expect(dump).toContain('phone');
    for (const token of [first.refresh, first.access, second.refresh ?? '', second.access, spare.refresh, spare.access]) {
      const [, claims = '', signature = ''] = token.split('.');
      expect(token).not.toBe('');
      for (const secret of [token, claims, signature, key, 'correct horse']) expect(dump.includes(secret)).toBe(false);
    }
  });

  it('refuses what is no client, and clients that read from replicas, saying what to pass', () => {
    for (const wrong of [undefined, null, {}, 'redis://127.0.0.1', new Map()]) {
      expect(() => redisStore(wrong as never)).toThrow(ConfigError);
    }
    const lagging = Object.assign(new Redis({ lazyConnect: true }), { options: { role: 'slave' } });
    expect(() => redisStore(lagging)).toThrow(/master/);
    for (const options of [
      { prefix: 1 },
      { durability: 'both' },
      { replicas: 0 },
      { clock: 1 },
      { onWarning: 1 },
      { prefx: '' },
    ]) {
      expect(() => redisStore(redis.client, options as never)).toThrow(ConfigError);
    }
  });
});

describe('the spans of time in which the short way is open', () => {
  it('end at another time for each of the families that begin with another digit', () => {
    const firsts = [...'0123456789abcdef'];
    for (let time = 1_700_000_000; time < 1_700_010_000; time += 100) {
      const ending = firsts.filter((first) => spanOf(time, first).ends <= time + 1000);
      expect(ending.length).toBeLessThanOrEqual(3);
      for (const first of firsts) {
        const { number, ends } = spanOf(time, first);
        expect(spanOf(ends - 1, first).number).toBe(number);
        expect(spanOf(ends, first)).toEqual({ number: number + 1, ends: ends + 10_000 });
      }
    }
  });
});
