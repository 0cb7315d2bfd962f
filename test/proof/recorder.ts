import type { Entry, History, HistoryRules, Issued, Operation } from './history.ts';

export interface Recorder {
  /** Writes down a call as it is made; answers what writes down its end, once. */
  begin(operation: Operation, options?: { readonly client?: string; readonly deadlineMs?: number }): Ending;
  note(entry: Extract<Entry, { readonly type: 'crash' | 'store' | 'lag' | 'figure' | 'logs' }>): void;
  now(): number;
  readonly history: History;
}

export interface Ending {
  ok(issued?: Issued): void;
  fail(code: string): void;
  unknown(): void;
}

/** Keeps the log of a run: `at` by a monotonic clock in milliseconds, `clock` by the one the service goes by. */
export function createRecorder(rules: HistoryRules, at: () => number, clock: () => number, firstCall = 1): Recorder {
  const entries: Entry[] = [];
  let next = firstCall;
  return {
    history: { rules, entries },
    now: at,
    note: (entry) => void entries.push(entry),
    begin(operation, { client = 'client', deadlineMs } = {}) {
      const call = next++;
      const now = () => ({ call, at: at(), clock: clock() });
      entries.push({ type: 'invoke', ...now(), client, operation, ...(deadlineMs !== undefined && { deadlineMs }) });
      return {
        ok: (issued) => void entries.push({ type: 'ok', ...now(), ...(issued !== undefined && { issued }) }),
        fail: (code) => void entries.push({ type: 'fail', ...now(), code }),
        unknown: () => void entries.push({ type: 'unknown', ...now() }),
      };
    },
  };
}
