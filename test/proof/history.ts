/**
 * What clients of a token service saw, as a log: every call when it was made and when it ended, by one monotonic clock in milliseconds. Tokens are
 * named by their `jti`; the log holds no token.
 */
export interface History {
  readonly rules: HistoryRules;
  readonly entries: readonly Entry[];
}

export interface HistoryRules {
  readonly graceSeconds: number;
  /** How long a check that may be stale may be so: 0 where checks are strict. */
  readonly maxStalenessMs: number;
}

export type Operation =
  | { readonly name: 'login'; readonly user: string }
  | { readonly name: 'refresh'; readonly token: string }
  /** `parent`: of a token that was proposed as its successor, whether or not anybody got it. `cached`: a check that may be stale. */
  | { readonly name: 'verify'; readonly token: string; readonly parent?: string; readonly cached?: boolean }
  | { readonly name: 'blacklist'; readonly token: string }
  | { readonly name: 'revokeFamily'; readonly family: string }
  | { readonly name: 'revokeUser'; readonly user: string };

export interface IssuedToken {
  readonly jti: string;
  /** By the service's clock, in seconds. */
  readonly exp: number;
  readonly iat?: number;
}

/** What a login or a refresh answered. */
export interface Issued {
  readonly family: string;
  readonly user: string;
  readonly refresh: IssuedToken;
  readonly access?: IssuedToken;
  /** When the epoch was read under which it was issued, where that is known: a revocation asked for later has to end it. */
  readonly begunAt?: number;
}

interface Timed {
  readonly at: number;
  /** The service's own clock then, in seconds: it may jump. */
  readonly clock: number;
}

export type Entry =
  | (Timed & {
      readonly type: 'invoke';
      readonly call: number;
      readonly client: string;
      readonly operation: Operation;
      /** Within which the store calls of this call must have ended. */
      readonly deadlineMs?: number;
    })
  | (Timed & { readonly type: 'ok'; readonly call: number; readonly issued?: Issued })
  /** Refused, with the code of a `TokenError`. */
  | (Timed & { readonly type: 'fail'; readonly call: number; readonly code: string })
  /** The answer is not known: 503, or none. */
  | (Timed & { readonly type: 'unknown'; readonly call: number })
  /** A client's process died: its open calls end unknown. */
  | { readonly type: 'crash'; readonly at: number; readonly client: string }
  | { readonly type: 'store'; readonly at: number; readonly state: 'down' | 'up' }
  /** The clients' own process stood still for so long, up to then. */
  | { readonly type: 'lag'; readonly at: number; readonly ms: number }
  /** Process state at the end of a cycle of load, after a collection. */
  | { readonly type: 'figure'; readonly name: 'heap' | 'sockets' | 'timers'; readonly value: number }
  | { readonly type: 'logs'; readonly lines: number; readonly leaks: number };

/** One call with its end. `settled` is undefined for one that nobody saw end. */
export interface Call<Named extends Operation = Operation> {
  readonly id: number;
  readonly operation: Named;
  readonly invoked: Timed;
  readonly settled: Timed | undefined;
  readonly deadlineMs: number | undefined;
  /** Whether its client lived to the end. */
  readonly crashed: boolean;
  readonly end: 'ok' | 'fail' | 'unknown';
  readonly code: string | undefined;
  readonly issued: Issued | undefined;
}

/** The calls of a history, in the order they were made. Throws for a log that cannot be: an end without a beginning, or a second one. */
export function callsOf({ entries }: History): readonly Call[] {
  const calls = new Map<number, Call>();
  const open = new Map<number, string>();
  for (const entry of entries) {
    if (entry.type === 'invoke') {
      const { call: id, operation, client, deadlineMs } = entry;
      if (calls.has(id)) throw new Error(`call ${id} begins twice`);
      const nothing = { settled: undefined, code: undefined, issued: undefined };
      calls.set(id, { id, operation, invoked: entry, deadlineMs, crashed: false, end: 'unknown', ...nothing });
      open.set(id, client);
    } else if (entry.type === 'crash') {
      for (const [id, client] of open) {
        const call = calls.get(id);
        if (client !== entry.client || call === undefined) continue;
        open.delete(id);
        calls.set(id, { ...call, crashed: true });
      }
    } else if (entry.type === 'ok' || entry.type === 'fail' || entry.type === 'unknown') {
      const call = calls.get(entry.call);
      if (call === undefined || !open.delete(entry.call)) throw new Error(`call ${entry.call} ends without a beginning`);
      const code = entry.type === 'fail' ? entry.code : undefined;
      const issued = entry.type === 'ok' ? entry.issued : undefined;
      calls.set(entry.call, { ...call, settled: entry, end: entry.type, code, issued });
    }
  }
  return [...calls.values()];
}

export function isCall<Name extends Operation['name']>(
  call: Call,
  ...names: readonly Name[]
): call is Call<Extract<Operation, { name: Name }>> {
  return (names as readonly string[]).includes(call.operation.name);
}
