import fc from 'fast-check';
import { expect } from 'vitest';
import type { Clock } from '../../src/ports/clock.ts';
import type { TokenStore } from '../../src/ports/token-store.ts';
import { startScenario, userOf, type Scenario, type Ticket } from '../../src/testing/storage/scenario.ts';

const GRACE = 10;
const USERS = ['ada', 'bob'];

/** A token family as one would explain it on paper; written without a look at the decision table. */
interface Model {
  readonly sessions: ModelSession[];
  readonly tokens: ModelToken[];
  now: number;
}

interface ModelSession {
  readonly user: string;
  readonly ticket: Ticket;
  ended: boolean;
  /** The user was revoked after this login. */
  killed: boolean;
}

interface ModelToken {
  readonly session: ModelSession;
  readonly ticket: Ticket;
  state: 'live' | 'spent' | 'out';
  spentAt: number;
  child: ModelToken | undefined;
  request: ReturnType<Scenario['request']> | undefined;
}

type Step = fc.AsyncCommand<Model, Scenario>;

const pick = (model: Model, index: number): ModelToken => model.tokens[index % model.tokens.length]!;

class Login implements Step {
  readonly user: string;
  constructor(user: string) {
    this.user = user;
  }
  check = () => true;
  async run(model: Model, scenario: Scenario) {
    const ticket = await scenario.login({ user: userOf(this.user) });
    const session = { user: this.user, ticket, ended: false, killed: false };
    model.sessions.push(session);
    model.tokens.push(fresh(session, ticket));
    await compare(model, scenario);
  }
  toString = () => `login of ${this.user}`;
}

class Refresh implements Step {
  readonly index: number;
  readonly endFamilyOnReuse: boolean;
  constructor(index: number, endFamilyOnReuse: boolean) {
    this.index = index;
    this.endFamilyOnReuse = endFamilyOnReuse;
  }
  check = (model: Readonly<Model>) => model.tokens.length > 0;
  async run(model: Model, scenario: Scenario) {
    const token = pick(model, this.index);
    const { session, child } = token;
    const { endFamilyOnReuse } = this;
    const request = scenario.request(token.ticket, { graceSeconds: GRACE, endFamilyOnReuse });
    const outcome = await scenario.store.rotate(request, {});
    const family = token.session.ticket.family;

    if (session.killed || token.state === 'out' || (token.state === 'spent' && (session.ended || child?.state === 'out'))) {
      const ends = endFamilyOnReuse && !session.ended;
      expect(outcome).toEqual(ends ? { outcome: 'revoked', endedFamily: family } : { outcome: 'revoked' });
      session.ended ||= endFamilyOnReuse;
    } else if (token.state === 'live') {
      if (session.ended) expect(outcome).toEqual({ outcome: 'family_revoked' });
      else {
        expect(outcome).toEqual({ outcome: 'rotated', family, successor: request.successor });
        const next = fresh(session, { ...token.ticket, token: request.successor });
        Object.assign(token, { state: 'spent', spentAt: model.now, child: next, request });
        model.tokens.push(next);
      }
    } else if (child?.state === 'live' && Math.abs(model.now - token.spentAt) < GRACE) {
      expect(outcome).toEqual({ outcome: 'replayed', family, successor: child.ticket.token });
    } else {
      const kind = child?.state === 'live' ? 'late_retry' : 'ancestor';
      expect(outcome).toEqual({ outcome: 'reused', kind, family, familyEnded: endFamilyOnReuse });
      session.ended ||= endFamilyOnReuse;
    }
    await compare(model, scenario);
  }
  toString = () => `refresh of token ${this.index}${this.endFamilyOnReuse ? ', strictly' : ''}`;
}

/** A client library sends a command twice. */
class Resend implements Step {
  readonly index: number;
  constructor(index: number) {
    this.index = index;
  }
  check = (model: Readonly<Model>) => model.tokens.some(({ request }) => request !== undefined);
  async run(model: Model, scenario: Scenario) {
    const spent = model.tokens.filter(({ request }) => request !== undefined);
    const { request, session, child } = spent[this.index % spent.length]!;
    if (request === undefined) throw new Error('checked above');
    const outcome = await scenario.store.rotate({ ...request, endFamilyOnReuse: false }, {});
    const gone = session.killed || session.ended || child?.state === 'out';
    expect(outcome).toEqual(
      gone ? { outcome: 'revoked' } : { outcome: 'rotated', family: session.ticket.family, successor: child?.ticket.token },
    );
    await compare(model, scenario);
  }
  toString = () => `the same rotation ${this.index} again`;
}

class Logout implements Step {
  readonly index: number;
  constructor(index: number) {
    this.index = index;
  }
  check = (model: Readonly<Model>) => model.tokens.length > 0;
  async run(model: Model, scenario: Scenario) {
    const token = pick(model, this.index);
    const { session, child } = token;
    const outcome = await scenario.blacklist(token.ticket, GRACE);
    if (session.killed || token.state === 'out') expect(outcome).toBe('revoked');
    else if (token.state === 'live') {
      expect(outcome).toBe(session.ended ? 'family_revoked' : 'blacklisted');
      if (!session.ended) token.state = 'out';
    } else if (!session.ended && child?.state === 'live' && Math.abs(model.now - token.spentAt) < GRACE) {
      expect(outcome).toBe('blacklisted');
      child.state = 'out';
    } else expect(outcome).toBe('revoked');
    await compare(model, scenario);
  }
  toString = () => `logout of token ${this.index}`;
}

class EndFamily implements Step {
  readonly index: number;
  constructor(index: number) {
    this.index = index;
  }
  check = (model: Readonly<Model>) => model.sessions.length > 0;
  async run(model: Model, scenario: Scenario) {
    const session = model.sessions[this.index % model.sessions.length]!;
    expect(await scenario.revokeFamily(session.ticket.family)).toBe(session.ended ? 'already' : 'revoked');
    session.ended = true;
    await compare(model, scenario);
  }
  toString = () => `end of family ${this.index}`;
}

class RevokeUser implements Step {
  readonly user: string;
  readonly keep: number | undefined;
  constructor(user: string, keep: number | undefined) {
    this.user = user;
    this.keep = keep;
  }
  check = () => true;
  async run(model: Model, scenario: Scenario) {
    const own = model.tokens.filter(({ session }) => session.user === this.user);
    const kept = this.keep === undefined || own.length === 0 ? undefined : own[this.keep % own.length]!;
    const outcome = await scenario.revokeUser(userOf(this.user), kept?.ticket);
    const status = kept === undefined ? 'active' : statusOf(kept);
    expect(outcome).toEqual(status === 'active' ? { outcome: 'revoked' } : { outcome: 'kept_token_refused', status });
    if (status === 'active') {
      for (const session of model.sessions) session.killed ||= session.user === this.user && session !== kept?.session;
    }
    await compare(model, scenario);
  }
  toString = () => `revocation of ${this.user}${this.keep === undefined ? '' : ` but for token ${this.keep}`}`;
}

class Wait implements Step {
  readonly seconds: number;
  constructor(seconds: number) {
    this.seconds = seconds;
  }
  check = () => true;
  async run(model: Model, scenario: Scenario) {
    model.now += this.seconds;
    scenario.clock.advance(this.seconds);
    await scenario.store.flushExpired(scenario.clock(), {});
    await compare(model, scenario);
  }
  toString = () => `${this.seconds} s later`;
}

const anyIndex = fc.nat({ max: 30 });
const anyUser = fc.constantFrom(...USERS);
const STEPS: fc.Arbitrary<Step>[] = [
  anyUser.map((user) => new Login(user)),
  fc.tuple(anyIndex, fc.boolean()).map(([index, strict]) => new Refresh(index, strict)),
  fc.tuple(anyIndex, fc.boolean()).map(([index, strict]) => new Refresh(index, strict)), // twice as often
  anyIndex.map((index) => new Resend(index)),
  anyIndex.map((index) => new Logout(index)),
  anyIndex.map((index) => new EndFamily(index)),
  fc.tuple(anyUser, fc.option(anyIndex, { nil: undefined })).map(([user, keep]) => new RevokeUser(user, keep)),
  fc.constantFrom(1, 5, GRACE - 1, GRACE, 60, 600).map((seconds) => new Wait(seconds)),
];

/** Runs whatever commands in whatever order on a store and on the model, and compares all that can be seen; answers how many there were. */
export async function runAgainstModel(
  createStore: (clock: Clock) => TokenStore | Promise<TokenStore>,
  { runs, seed }: { readonly runs: number; readonly seed?: number },
): Promise<number> {
  let steps = 0;
  await fc.assert(
    fc.asyncProperty(fc.commands(STEPS, { maxCommands: 60, size: 'max' }), async (commands) => {
      const scenario = await startScenario(createStore);
      await fc.asyncModelRun(() => ({ model: { sessions: [], tokens: [], now: scenario.clock() }, real: scenario }), commands);
      steps += [...commands].length;
    }),
    { numRuns: runs, ...(seed !== undefined && { seed }) },
  );
  return steps;
}

function fresh(session: ModelSession, ticket: Ticket): ModelToken {
  return { session, ticket, state: 'live', spentAt: 0, child: undefined, request: undefined };
}

function statusOf({ session, state }: ModelToken): 'active' | 'revoked' | 'family_revoked' {
  if (session.killed || state !== 'live') return 'revoked';
  return session.ended ? 'family_revoked' : 'active';
}

/** Everything that can be seen of the store, against the model. */
async function compare({ tokens, sessions }: Model, scenario: Scenario): Promise<void> {
  for (const token of tokens) expect(await scenario.status(token.ticket, { mustBeRecorded: 'token' })).toBe(statusOf(token));
  for (const user of USERS) {
    const alive = sessions.filter(
      (session) => session.user === user && tokens.some((token) => token.session === session && statusOf(token) === 'active'),
    );
    const listed = await scenario.sessions(userOf(user));
    expect(listed.map(({ id }) => id)).toEqual(alive.map(({ ticket }) => ticket.family).toReversed());
  }
  for (const session of sessions) {
    const live = tokens.filter((token) => token.session === session && token.state === 'live');
    expect(live.length).toBeLessThanOrEqual(1);
  }
}
