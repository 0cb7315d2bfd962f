import { createHash } from 'node:crypto';
import { EJSON } from 'bson';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { mongoKeyStorage, mongoStore } from '../../../src/adapters/storage/mongo.ts';
import { ADA as CREDENTIALS, claimsOf, refreshOf, SIGNING_KEY } from '../../application/fixture.ts';
import { ADA, familyOf, jtiOf, startScenario, userOf, type Scenario } from '../../../src/testing/storage/scenario.ts';
import { MONGO_DRIVERS } from '../../servers/mongo-drivers.ts';
import type { ReceivedCommand } from '../../servers/mongo-fault-server.ts';
import type { BsonDocument } from '../../servers/mongo-wire.ts';
import { openTrouble, TROUBLED_DRIVERS, type Trouble, type TroubledStore } from './mongo-trouble.ts';
import { openWorld } from './mongo-uses.ts';

describe.each(TROUBLED_DRIVERS)('what mongoStore sends over %s', (driver) => {
  let trouble: Trouble;
  beforeAll(async () => {
    trouble = await openTrouble(driver);
  });
  afterAll(() => trouble.close());

  async function scenarioOf(troubled: TroubledStore): Promise<Scenario> {
    return startScenario(() => troubled.store);
  }

  /** The names of the commands that a call takes. */
  async function sentBy(troubled: TroubledStore, call: () => Promise<unknown>): Promise<readonly string[]> {
    const before = troubled.sent().length;
    await call();
    return troubled
      .sent()
      .slice(before)
      .map(({ name }) => name);
  }

  it('is one command for a check, and two for a rotation', async () => {
    const troubled = trouble.open();
    const scenario = await scenarioOf(troubled);
    let ticket = await scenario.login();
    for (let turn = 0; turn < 5; turn++) {
      expect(await sentBy(troubled, () => scenario.status(ticket, { mustBeRecorded: 'family' }))).toEqual(['find']);
      expect(await sentBy(troubled, async () => (ticket = await scenario.refresh(ticket)))).toEqual(['find', 'insert']);
    }
    await scenario.blacklist(ticket);
    expect(await sentBy(troubled, () => scenario.status(ticket))).toEqual(['find']);
  });

  it('is the same of a service: one command for a check of an access token', async () => {
    const world = await openWorld(trouble);
    const access = { authorization: `Bearer ${world.pair.access}` };
    expect(await sentBy(world, () => world.service.authenticate(access))).toEqual(['find']);
    expect(await sentBy(world, () => world.service.refresh(world.pair.refresh))).toEqual(['find', 'insert']);
  });

  describe('in the course of a life', () => {
    const troubledBy: Partial<Record<'majority' | 'linearizable', TroubledStore>> = {};
    const commandsOf = (level: 'majority' | 'linearizable', name?: string): readonly ReceivedCommand[] =>
      troubledBy[level]?.sent(name) ?? [];
    beforeAll(async () => {
      for (const readConcern of ['majority', 'linearizable'] as const) {
        const troubled = trouble.open({ readConcern });
        troubledBy[readConcern] = troubled;
        await troubled.store.ensureIndexes();
        await wholeLife(await scenarioOf(troubled));
      }
    });

    it('are finds, inserts, updates and deletions, and no command that takes a decision in an update', () => {
      const names = new Set(commandsOf('majority').map(({ name }) => name));
      expect(names).toEqual(new Set(['createIndexes', 'find', 'insert', 'update', 'delete']));
      for (const { body } of commandsOf('majority')) {
        for (const part of ['autocommit', 'startTransaction', 'maxTimeMS']) expect(body).not.toHaveProperty(part);
      }
    });

    it('reads at the level that was asked for', () => {
      for (const level of ['majority', 'linearizable'] as const) {
        const finds = commandsOf(level, 'find');
        expect(finds.length).toBeGreaterThan(20);
        for (const { body } of finds) {
          expect(body).toMatchObject({ readConcern: { level } });
        }
      }
    });

    it('has each write acknowledged by the majority, with its journal', () => {
      const writes = commandsOf('majority').filter(({ name }) => name !== 'find');
      expect(writes.length).toBeGreaterThan(10);
      for (const { body } of writes) expect(body).toMatchObject({ writeConcern: { w: 'majority', j: true } });
    });

    it('updates nothing but how long something is kept, and when a family was last used', () => {
      const shapes = new Set(
        commandsOf('majority', 'update').flatMap(({ body }) =>
          (body['updates'] as readonly BsonDocument[]).map(({ q, u, upsert }) => shapeOf(q, u, upsert)),
        ),
      );
      expect(shapes).toEqual(
        new Set([
          'f: {"_id"} $max expireAt,till',
          'l: {"_id"} $max expireAt,till',
          'r: {"_id","till"} $set expireAt,till',
          'd: {"_id"} $set at,expireAt,made,metadata,till upsert',
          'd: {"_id"} $set at,expireAt,made,till upsert',
        ]),
      );
    });

    it('deletes what has expired, and numbers that were passed', () => {
      const filters = commandsOf('majority', 'delete').flatMap(({ body }) =>
        (body['deletes'] as readonly BsonDocument[]).map(({ q }) => JSON.stringify(q)),
      );
      expect(filters).toEqual(['{"till":{"$lte":1699998200}}']);
    });

    it('inserts facts, each of which says when it may go', () => {
      const inserted = commandsOf('majority', 'insert').flatMap(({ body }) => body['documents'] as readonly BsonDocument[]);
      const kinds = new Set(inserted.map(({ _id }) => String(_id).slice(0, 2)));
      expect(kinds).toEqual(new Set(['f:', 't:', 'x:', 'l:', 'r:', 'u:', 'n:', 'i:']));
      for (const document of inserted) {
        expect(typeof document['_id']).toBe('string');
        if (String(document['_id']).startsWith('n:')) expect(Object.keys(document)).toEqual(['_id']);
        else expect(document).toMatchObject({ till: expect.any(Number), expireAt: expect.any(Date) });
      }
    });
  });

  it('goes to the primary, and is acknowledged by the majority, whatever the client was made with', async () => {
    const lax = { readPreference: 'secondaryPreferred', readConcernLevel: 'local', w: 0 } as const;
    const client = new (await MONGO_DRIVERS[driver]()).MongoClient(trouble.server.url, lax);
    const [of, collection] = [client.db(), `lax-${driver}`];
    await wholeLife(await startScenario(() => mongoStore(of, { collection })));
    await of.collection(collection).find().toArray(); // by the application, so it shows what the client does
    await client.close();
    const commands = trouble.server.commands.filter((one) => one.collection === collection);
    const preferences = commands.map(({ body }) => Reflect.get(Object(body['$readPreference']), 'mode'));
    expect(preferences.pop()).toBe('secondaryPreferred');
    expect(new Set(preferences)).toEqual(new Set([undefined]));
    for (const { name, body } of commands.slice(0, -1)) {
      if (name === 'find') expect(body).toMatchObject({ readConcern: { level: 'majority' } });
      else expect(body).toMatchObject({ writeConcern: { w: 'majority', j: true } });
    }
  });

  it('encodes identifiers, so that none is an operator or another', async () => {
    const troubled = trouble.open();
    const scenario = await scenarioOf(troubled);
    const odd = ['$ne', '$where', 'a.b', 'a\0b', 'a:b', 'a;b', '{"$gt":""}', 'é', '*', '%', ' '];
    for (const text of odd) {
      const ticket = await scenario.login({ user: userOf(text), family: familyOf(text), jti: jtiOf(text) });
      expect(await scenario.status(ticket, { mustBeRecorded: 'token' })).toBe('active');
      expect(await scenario.sessions(userOf(text))).toEqual([expect.objectContaining({ id: text })]);
      await scenario.revokeUser(userOf(text));
      expect(await scenario.status(ticket)).toBe('revoked');
    }
    for (const { body } of troubled.sent()) {
      for (const text of stringsIn(body, 'filter', 'documents', 'updates')) expect(text).toMatch(ENCODED);
    }
  });

  it('lets nobody put an operator where an identifier belongs', async () => {
    const world = await openWorld(trouble);
    const asked = world.sent().length;
    const operator = { $ne: null } as never;
    await expect(world.service.revokeUser(operator)).rejects.toMatchObject({ option: 'userId' });
    await expect(world.service.revokeFamily(operator)).rejects.toMatchObject({ code: 'claim_invalid' });
    await expect(world.service.sessions(operator)[Symbol.asyncIterator]().next()).rejects.toMatchObject({ option: 'userId' });
    await expect(world.service.refresh(operator)).rejects.toMatchObject({ name: 'TokenError' });
    expect(world.sent()).toHaveLength(asked);
  });

  it('keeps no token and no key, in whatever form', async () => {
    const world = await openWorld(trouble);
    const next = refreshOf(await world.service.refresh(world.pair.refresh, { metadata: { device: 'phone' } }));
    await world.service.blacklist(next);
    await world.service.revokeOtherSessions(world.other.refresh);
    const kept = EJSON.stringify(world.kept(''));
    expect(kept).toContain(claimsOf(next).jti); // so it would be found
    const { access, refresh } = world.pair;
    for (const token of [access, refresh, next, world.other.refresh]) {
      const [header = '', claims = '', signature = ''] = token.split('.');
      for (const part of [token, claims, signature, digest(token)]) expect(kept).not.toContain(part);
      expect(kept).not.toContain(header);
    }
    for (const secret of [SIGNING_KEY, Buffer.from(SIGNING_KEY).toString('base64url'), CREDENTIALS.password])
      expect(kept).not.toContain(secret);
  });

  it('keeps versions of a keyring apart: by inserts, and by deletions of what was replaced long ago', async () => {
    const collection = `keys-${driver}`;
    const keys = mongoKeyStorage(trouble.client.db(), { collection });
    for (let version = 0; version < 8; version++) {
      const current = await keys.read();
      expect(await keys.replace(`text ${version}`, current?.version)).toBe(true);
    }
    const commands = trouble.server.commands.filter((one) => one.collection === collection);
    expect(new Set(commands.map(({ name }) => name))).toEqual(new Set(['find', 'insert', 'delete']));
    for (const { name, body } of commands) {
      if (name === 'find') expect(body).toMatchObject({ readConcern: { level: 'majority' } });
      else expect(body).toMatchObject({ writeConcern: { w: 'majority', j: true } });
    }
    expect(trouble.server.documents(collection).length).toBeLessThanOrEqual(5);
  });
});

/** Everything that a store can be asked, in this order. */
async function wholeLife(scenario: Scenario): Promise<void> {
  const { store, clock } = scenario;
  const access = () => ({ jti: scenario.mint().token.jti, retainUntil: clock() + 400 });
  const first = await scenario.login({ metadata: { device: 'phone' }, access: access() });
  const second = await scenario.refresh(first, { access: access(), metadata: { device: 'tablet' } });
  await scenario.rotate(first, { graceSeconds: 10 });
  const unspent = { spends: false, successor: undefined } as const;
  for (const metadata of [undefined, { device: 'watch' }]) await scenario.rotate(second, { ...unspent, metadata });
  await scenario.rotate(second, { ...unspent, retainUntil: clock(), access: { ...access(), retainUntil: clock() + 1_000_000 } });
  await scenario.rotate(second, { spends: false });
  await scenario.refresh(scenario.mint());
  await scenario.status(second, { mustBeRecorded: 'family', endedCounts: true });
  await scenario.blacklist(second);
  await scenario.status(second, { endedCounts: true });
  const long = await scenario.login({ family: second.family, lifetime: 10_000_000 });
  await scenario.blacklist(long);
  await scenario.revokeFamily(first.family);
  await scenario.revokeFamily(first.family);
  await scenario.rotate(second, { endFamilyOnReuse: true });
  const kept = await scenario.login();
  await scenario.revokeUser(ADA, kept);
  await scenario.refresh(kept, { access: access() });
  await scenario.sessions(ADA);
  await store.flushExpired(clock(), {});
}

function shapeOf(filter: unknown, update: unknown, upsert: unknown): string {
  const { _id: id } = filter as BsonDocument;
  const kind = String(id).slice(0, 2);
  const fields = Object.entries(update as BsonDocument).map(
    ([operator, changed]) =>
      `${operator} ${Object.keys(changed as BsonDocument)
        .toSorted()
        .join(',')}`,
  );
  const by = Object.keys(filter as BsonDocument).map((name) => JSON.stringify(name));
  return [kind, `{${by.join(',')}}`, ...fields, ...(upsert === true ? ['upsert'] : [])].join(' ');
}

/** The strings of the values in these parts of a command. */
function stringsIn(body: BsonDocument, ...parts: readonly string[]): readonly string[] {
  const found: string[] = [];
  JSON.stringify(
    parts.map((part) => body[part]),
    (_name, value: unknown) => {
      if (typeof value === 'string') found.push(value);
      return value;
    },
  );
  return found;
}

/** A kind and identifiers, percent-encoded; a date as JSON has it. */
const ENCODED = /^(?:[a-z]:)?[\w.!~*'()%-]*(?:[:;]\d*)?$|^\d{4}-\d\d-\d\dT[\d:.]+Z$/;

const digest = (text: string) => createHash('sha256').update(text).digest('base64url');
