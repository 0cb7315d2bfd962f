import { callsOf, isCall, type Call, type History, type Issued, type Operation } from './history.ts';

type Refresh = Call<Extract<Operation, { name: 'refresh' }>>;
/** A call that presents one token. */
export type Use = Call<Extract<Operation, { name: 'refresh' | 'verify' }>>;

interface KnownToken {
  readonly family: string;
  readonly exp: number;
  readonly iat: number;
}

/**
 * A history by token, family and user: what was handed out, what was certainly ended and since when, and what may have been ended by then. What
 * clients cannot know it leaves open: it takes every doubt for the service's good, so that whatever it finds is wrong.
 */
export class Ledger {
  readonly calls: readonly Call[];
  readonly uses: readonly Use[];
  /** Each token that clients were given. */
  readonly tokens = new Map<string, KnownToken>();
  readonly refreshes = new Map<string, Refresh[]>();
  /** The distinct successors of each token, by anybody's account. */
  readonly successors = new Map<string, Set<string>>();
  readonly #graceSeconds: number;
  readonly #logins = new Map<string, Call>();
  /** The families of each user. */
  readonly #families = new Map<string, Set<string>>();
  /** When the end of a family was acknowledged: by a revocation, and by the refusal of a token that came back. */
  readonly #revokedSince = new Map<string, number>();
  readonly #reusedSince = new Map<string, number>();
  readonly #tokenRevokedSince = new Map<string, number>();
  /** When it was first asked for, by a call that may have been applied. */
  readonly #mayEndFrom = new Map<string, number>();

  constructor(history: History) {
    this.#graceSeconds = history.rules.graceSeconds;
    this.calls = callsOf(history);
    this.uses = this.calls.filter((call): call is Use => isCall(call, 'refresh', 'verify'));
    for (const call of this.calls) if (call.issued !== undefined) this.#learn(call, call.issued);
    for (const call of this.uses) this.#index(call);
    for (const call of this.calls) this.#learnEnds(call);
    for (const calls of this.refreshes.values()) for (const call of calls) this.#learnReuse(call);
  }

  familyOf(token: string): string | undefined {
    return this.tokens.get(token)?.family;
  }

  /** Whether the service's clock was or may have been outside a token's life when the call was made, on the side its refusal names. */
  isOutOfTime({ code, invoked, settled, operation }: Use): boolean {
    const token = this.tokens.get(operation.token);
    if (token === undefined) return false;
    const times = [invoked.clock, settled?.clock ?? invoked.clock];
    if (code === 'not_yet_valid') return Math.floor(Math.min(...times)) < token.iat;
    return (code === 'expired' || code === 'family_expired') && Math.max(...times) >= token.exp;
  }

  /** When a revocation of this token, its family or its user was acknowledged. */
  revokedSince(token: string): number {
    const family = this.familyOf(token);
    return Math.min(
      this.#tokenRevokedSince.get(token) ?? Infinity,
      (family === undefined ? undefined : this.#revokedSince.get(family)) ?? Infinity,
    );
  }

  /** When a client was told that a token of this family came back. */
  reusedSince(token: string): number {
    const family = this.familyOf(token);
    return (family === undefined ? undefined : this.#reusedSince.get(family)) ?? Infinity;
  }

  /** Whether anything was asked for before the call ended that may have ended the token it presents. */
  mayHaveEnded({ operation: { token }, settled }: Use): boolean {
    const family = this.familyOf(token);
    return family !== undefined && (this.#mayEndFrom.get(family) ?? Infinity) < (settled?.at ?? Infinity);
  }

  /** Whether another refresh of this token may have been applied before the call ended. */
  mayBeSpent(call: Use): boolean {
    return this.#others(call).length > 0;
  }

  /** Whether a child of this token had been exchanged before the call was made: certainly an ancestor, then. */
  isAncestor({ operation: { token }, invoked }: Use): boolean {
    for (const child of this.successors.get(token) ?? []) {
      const used = this.refreshes
        .get(child)
        ?.some(({ end, settled }) => end === 'ok' && settled !== undefined && settled.at < invoked.at);
      if (used === true) return true;
    }
    return false;
  }

  /** Whether a call may rightly have been refused as reuse: its token may have been spent by another, and the window have closed. */
  mayBeReuse(call: Use): boolean {
    const others = this.#others(call);
    if (others.length === 0) return false;
    const until = call.settled?.at ?? Infinity;
    for (const child of this.successors.get(call.operation.token) ?? []) {
      if (this.refreshes.get(child)?.some(({ invoked }) => invoked.at < until)) return true;
    }
    return others.some((other) => this.#farthest(other, call) >= this.#graceSeconds);
  }

  /** How long before, at the most, another call may have spent its token. */
  secondsSinceSpent(call: Use): number {
    return Math.max(0, ...this.#others(call).map((other) => this.#farthest(other, call)));
  }

  #others(call: Use): readonly Refresh[] {
    const until = call.settled?.at ?? Infinity;
    const rivals = this.refreshes.get(call.operation.token) ?? [];
    return rivals.filter((other) => other.id !== call.id && mayBeApplied(other) && other.invoked.at < until);
  }

  /** The most seconds of the service's clock that may lie between two calls: it counts whole ones. */
  #farthest(one: Call, other: Call): number {
    const times = ({ invoked, settled }: Call) => [invoked, settled ?? invoked].map(({ clock }) => Math.floor(clock));
    return Math.max(...times(one).flatMap((a) => times(other).map((b) => Math.abs(a - b))));
  }

  #learn(call: Call, { family, user, refresh, access }: Issued): void {
    for (const token of access === undefined ? [refresh] : [refresh, access]) {
      this.tokens.set(token.jti, { family, exp: token.exp, iat: token.iat ?? -Infinity });
    }
    const families = this.#families.get(user);
    if (families === undefined) this.#families.set(user, new Set([family]));
    else families.add(family);
    if (isCall(call, 'login')) this.#logins.set(family, call);
    if (isCall(call, 'refresh')) this.#succeed(call.operation.token, refresh.jti);
  }

  #index(call: Use): void {
    const { operation } = call;
    if (operation.name === 'refresh') {
      const calls = this.refreshes.get(operation.token);
      if (calls === undefined) this.refreshes.set(operation.token, [call as Refresh]);
      else calls.push(call as Refresh);
    } else if (operation.parent !== undefined && call.end === 'ok') this.#succeed(operation.parent, operation.token);
  }

  #succeed(parent: string, successor: string): void {
    const known = this.successors.get(parent);
    if (known === undefined) this.successors.set(parent, new Set([successor]));
    else known.add(successor);
  }

  #learnEnds(call: Call): void {
    if (!mayBeApplied(call)) return;
    const { operation, invoked, settled } = call;
    const acknowledged = call.end === 'ok' ? settled?.at : undefined;
    if (operation.name === 'revokeFamily') {
      earlier(this.#mayEndFrom, operation.family, invoked.at);
      earlier(this.#revokedSince, operation.family, acknowledged);
    } else if (operation.name === 'revokeUser') {
      for (const family of this.#families.get(operation.user) ?? []) this.#learnUserEnd(family, invoked.at, acknowledged);
    } else if (operation.name === 'blacklist') {
      const family = this.familyOf(operation.token);
      if (family !== undefined) earlier(this.#mayEndFrom, family, invoked.at);
      // acknowledged, it was unspent, or its unused child went with it
      for (const token of [operation.token, ...(this.successors.get(operation.token) ?? [])]) {
        earlier(this.#tokenRevokedSince, token, acknowledged);
      }
    }
  }

  /** A login that was made after the acknowledgement is not meant; one that overlaps the revocation may be. */
  #learnUserEnd(family: string, asked: number, acknowledged: number | undefined): void {
    const login = this.#logins.get(family);
    if (login === undefined || login.invoked.at < (acknowledged ?? Infinity)) earlier(this.#mayEndFrom, family, asked);
    const began = login?.issued?.begunAt ?? login?.settled?.at;
    if (began !== undefined && began < asked) earlier(this.#revokedSince, family, acknowledged);
  }

  #learnReuse(call: Refresh): void {
    const family = this.familyOf(call.operation.token);
    if (family === undefined) return;
    if (call.code === 'reused') earlier(this.#reusedSince, family, call.settled?.at);
    if (call.code === 'reused' || (call.end !== 'ok' && this.mayBeReuse(call))) {
      earlier(this.#mayEndFrom, family, call.invoked.at);
    }
  }
}

/** Inside one call a service may send its request again: it may be applied, and by then revoked. */
function mayBeApplied({ end, code }: Call): boolean {
  return end !== 'fail' || code === 'revoked';
}

function earlier(times: Map<string, number>, key: string, at: number | undefined): void {
  if (at !== undefined && at < (times.get(key) ?? Infinity)) times.set(key, at);
}
