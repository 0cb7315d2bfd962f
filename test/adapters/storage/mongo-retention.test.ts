import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ADA, startScenario, together, type Scenario, type Ticket } from '../../../src/testing/storage/scenario.ts';
import { openTrouble, type Trouble, type TroubledStore } from './mongo-trouble.ts';

const DAY = 86_400;
/** What a record outlives its token by, and how much later it is collected. */
const [MARGIN, COLLECTED_AFTER] = [60, 1800];

let trouble: Trouble;
let troubled: TroubledStore;
let scenario: Scenario;
beforeEach(async () => {
  trouble = await openTrouble('mongodb');
  troubled = trouble.open();
  scenario = await startScenario(() => troubled.store);
});
afterEach(() => trouble.close());

/** Until when the facts of a kind count, in seconds from now. */
const countsFor = (kind: string) => troubled.kept(kind).map(({ till }) => Number(till) - scenario.clock());

describe('how long mongoStore keeps', () => {
  it.each([
    ['t:', 'a token: as long as it may be presented', [DAY + MARGIN]],
    ['x:', 'what became of a token: as long as it may be presented', [DAY + MARGIN]],
    ['f:', 'a family: twice as long as its tokens', [2 * (DAY + MARGIN)]],
    ['l:', 'the logout of one of its tokens: longer than the family', [4 * (DAY + MARGIN)]],
    ['u:', 'the revocation of a user: twice as long as asked', [2 * (DAY + MARGIN)]],
    ['i:', 'an access token of the second of a revocation: as long as it lives', [400]],
    ['r:', 'the end of a family: longer than the family', [4 * (DAY + MARGIN)]],
  ])('%s, %s', async (kind, _says, seconds) => {
    const access = { jti: scenario.mint().token.jti, retainUntil: scenario.clock() + 400 };
    if (kind === 'u:' || kind === 'i:') await scenario.revokeUser(ADA);
    const ticket = await scenario.login({ access });
    if (kind === 'x:' || kind === 'l:') await scenario.blacklist(ticket);
    if (kind === 'r:') await scenario.revokeFamily(ticket.family);
    expect(countsFor(kind)).toEqual(seconds);
  });

  it('the last use of a family: as long as the family', async () => {
    const ticket = await scenario.login();
    await scenario.rotate(ticket, { spends: false, successor: undefined });
    expect(countsFor('d:')).toEqual(countsFor('f:'));
  });

  it('knows a token that is taken for longer than it was to be kept, as where the leeway was raised, until it is collected', async () => {
    const [spent, fresh, loggedOut] = [await scenario.login(), await scenario.login(), await scenario.login()];
    await scenario.refresh(spent);
    await scenario.blacklist(loggedOut);
    scenario.clock.set(spent.token.retainUntil + 1);
    const longer = ({ token, ...rest }: Ticket): Ticket => ({
      ...rest,
      token: { ...token, retainUntil: token.retainUntil + 600 },
    });
    expect(await scenario.rotate(longer(spent))).toMatchObject({ outcome: 'reused' });
    expect(await scenario.rotate(longer(fresh))).toMatchObject({ outcome: 'rotated', family: fresh.family });
    expect(await scenario.rotate(longer(loggedOut))).toEqual({ outcome: 'revoked' });
  });

  it('has the server collect nothing before it ends, by the clock of this host, whatever that of the service says', async () => {
    const began = Date.now();
    const ticket = await scenario.login({ metadata: { device: 'phone' } });
    await scenario.refresh(ticket, { access: { jti: scenario.mint().token.jti, retainUntil: scenario.clock() + 3 * DAY } });
    await scenario.rotate(ticket, { endFamilyOnReuse: true });
    const kept = troubled.kept('');
    expect(kept.map(({ _id }) => String(_id).slice(0, 2)).toSorted()).toEqual(['f:', 'r:', 't:', 't:', 'x:']);
    for (const { till, expireAt } of kept) {
      if (!(expireAt instanceof Date)) throw new Error('it is a Date, else no index collects it');
      const lives = (Number(till) - scenario.clock() + COLLECTED_AFTER) * 1000;
      expect(expireAt.getTime()).toBeGreaterThanOrEqual(began + lives);
      expect(expireAt.getTime()).toBeLessThanOrEqual(Date.now() + lives);
    }
  });

  it('a family that is used for months, on record, though it is not prolonged with every use', async () => {
    const began = scenario.clock();
    let ticket = await scenario.login();
    const [days, prolonged] = [120, () => troubled.sent('update').length];
    for (let day = 1; day <= days; day++) {
      scenario.clock.advance(DAY - 60);
      ticket = await scenario.refresh(ticket, { mustBeRecorded: 'token' });
      await troubled.store.flushExpired(scenario.clock(), {});
      expect(await scenario.status(ticket, { mustBeRecorded: 'family', onRecord: false })).toBe('active');
      expect(Math.min(...countsFor('f:'))).toBeGreaterThan(DAY);
    }
    expect(await scenario.sessions(ADA)).toEqual([expect.objectContaining({ createdAt: began, id: ticket.family })]);
    expect(prolonged()).toBeGreaterThan(10);
    expect(prolonged()).toBeLessThan(days);
    expect(troubled.kept('').length).toBeLessThan(10); // the others were flushed
    await scenario.revokeFamily(ticket.family);
    scenario.clock.set(ticket.token.exp - 1);
    await troubled.store.flushExpired(scenario.clock(), {});
    expect(await scenario.status(ticket)).toBe('family_revoked');
  });

  it('an end that has expired as none, so that the family can be ended again', async () => {
    const { family } = scenario.mint();
    expect(await scenario.revokeFamily(family)).toBe('revoked');
    expect(await scenario.revokeFamily(family)).toBe('already');
    scenario.clock.advance(2 * (DAY + MARGIN));
    expect(await scenario.revokeFamily(family)).toBe('revoked');
    expect(await scenario.revokeFamily(family)).toBe('already');
    expect(countsFor('r:')).toEqual([2 * (DAY + MARGIN)]);
  });
});

describe('an exchange that stopped between the fate of a token and the record of its successor', () => {
  let parent: Ticket;
  let child: Ticket;
  let attempt: string;
  beforeEach(async () => {
    parent = await scenario.login({ metadata: { device: 'phone' } });
    const request = scenario.request(parent, { graceSeconds: 10 });
    attempt = request.attempt;
    await troubled.store.rotate(request, {});
    child = { ...parent, token: request.successor };
    await forget(child);
  });

  const collection = () => trouble.client.db().collection<{ _id: string }>(troubled.collection);
  /** As where the process or the primary ended in the middle of the insert. */
  async function forget({ token }: Ticket): Promise<void> {
    expect((await collection().deleteOne({ _id: `t:${token.jti}` })).deletedCount).toBe(1);
  }
  const live = () => scenario.status(child, { mustBeRecorded: 'token' });

  it('leaves the successor unknown, as nobody was given it', async () => {
    expect(await live()).toBe('unknown');
  });

  it('is completed by whoever brings the token again inside the window', async () => {
    expect(await scenario.rotate(parent, { graceSeconds: 10 })).toMatchObject({ outcome: 'replayed', successor: child.token });
    expect(await live()).toBe('active');
    const [session] = await scenario.sessions(ADA);
    expect(session).toMatchObject({ id: parent.family, expiresAt: child.token.exp, metadata: { device: 'phone' } });
  });

  it('is completed by the same attempt, after the window too', async () => {
    scenario.clock.advance(60);
    expect(await scenario.rotate(parent, { attempt })).toMatchObject({ outcome: 'rotated', successor: child.token });
    expect(await live()).toBe('active');
    await scenario.refresh(child);
  });

  it('is completed once by 16 who try at once', async () => {
    const outcomes = await together(16, () => scenario.rotate(parent, { graceSeconds: 10 }));
    for (const outcome of outcomes) expect(outcome).toMatchObject({ outcome: 'replayed', successor: child.token });
    expect(troubled.kept('t:')).toHaveLength(2);
    expect(await live()).toBe('active');
  });

  it('is completed by two whose inserts meet', async () => {
    const insert = trouble.server.hold('insert', { collection: troubled.collection });
    const held = scenario.rotate(parent, { graceSeconds: 10 });
    await insert.reached;
    expect(await scenario.rotate(parent, { graceSeconds: 10 })).toMatchObject({ outcome: 'replayed', successor: child.token });
    const grandchild = await scenario.refresh(child);
    insert.release();
    expect(await held).toMatchObject({ outcome: 'replayed', successor: child.token });
    expect(await scenario.status(child)).toBe('revoked'); // it was spent meanwhile, and stays so
    expect(await scenario.status(grandchild, { mustBeRecorded: 'token' })).toBe('active');
  });

  it('ends with a logout of the token, and is not completed then', async () => {
    expect(await scenario.blacklist(parent, 10)).toBe('blacklisted');
    expect(await scenario.rotate(parent, { graceSeconds: 10 })).toEqual({ outcome: 'revoked' });
    expect(await live()).toBe('revoked');
    expect(await scenario.sessions(ADA)).toEqual([]);
  });

  it('is reuse after the window: nobody knows whether the answer was lost', async () => {
    scenario.clock.advance(10);
    const outcome = await scenario.rotate(parent, { graceSeconds: 10, endFamilyOnReuse: true });
    expect(outcome).toMatchObject({ outcome: 'reused', kind: 'late_retry', familyEnded: true });
    expect(await live()).toBe('family_revoked');
  });
});

describe('what stopped in the middle besides', () => {
  const forget = (...ids: readonly string[]) =>
    trouble.client
      .db()
      .collection<{ _id: string }>(troubled.collection)
      .deleteMany({ _id: { $in: [...ids] } });

  it('is no session, of a login that left the family alone; and the same login completes it', async () => {
    const ticket = await scenario.login();
    await forget(`t:${ticket.token.jti}`);
    expect(await scenario.sessions(ADA)).toEqual([]);
    expect(await scenario.status(ticket, { mustBeRecorded: 'token' })).toBe('unknown');
    expect(await scenario.record(ticket)).toBe('recorded');
    expect(await scenario.sessions(ADA)).toHaveLength(1);
    expect(troubled.kept('f:')).toHaveLength(1);
  });

  it('ends no session, of a logout that left its note alone; and the same logout ends it', async () => {
    const ticket = await scenario.login();
    await scenario.blacklist(ticket);
    await forget(`x:${ticket.token.jti}`);
    expect(await scenario.status(ticket, { endedCounts: true })).toBe('active');
    expect(await scenario.blacklist(ticket)).toBe('blacklisted');
    expect(await scenario.status(ticket, { endedCounts: true })).toBe('revoked');
  });

  it('revokes nobody, of a logout everywhere that only took its number; and the same call revokes', async () => {
    const ticket = await scenario.login();
    await scenario.revokeUser(ADA);
    await forget('u:ada:1');
    expect(await scenario.status(ticket)).toBe('active');
    await scenario.revokeUser(ADA);
    expect(await scenario.status(ticket)).toBe('revoked');
    expect(await troubled.store.epoch({})).toBe(2);
  });

  it('is decided by the insert, where a token is spent between the look and the deed', async () => {
    const ticket = await scenario.login();
    const insert = trouble.server.hold('insert', { collection: troubled.collection });
    const slow = scenario.rotate(ticket, { graceSeconds: 10 });
    await insert.reached;
    const child = await scenario.refresh(ticket);
    insert.release();
    expect(await slow).toMatchObject({ outcome: 'replayed', successor: child.token });
    expect(troubled.kept('t:')).toHaveLength(2);
  });

  it('spends nothing, where a logout comes between the look and the deed', async () => {
    const ticket = await scenario.login();
    const insert = trouble.server.hold('insert', { collection: troubled.collection });
    const slow = scenario.rotate(ticket);
    await insert.reached;
    expect(await scenario.blacklist(ticket)).toBe('blacklisted');
    insert.release();
    expect(await slow).toEqual({ outcome: 'revoked' });
    expect(troubled.kept('t:')).toHaveLength(1);
  });
});
