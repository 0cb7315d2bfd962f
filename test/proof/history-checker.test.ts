import { describe, expect, it } from 'vitest';
import { assertKept, checkHistory, type Invariant } from './history-checker.ts';
import type { Operation } from './history.ts';
import { createRecorder, type Recorder } from './recorder.ts';

/** A log written by hand: each line takes a millisecond, and the service's clock stands unless it is moved. */
function log({ graceSeconds = 10, maxStalenessMs = 0 } = {}) {
  let at = 0;
  let clock = 1000;
  const recorder = createRecorder(
    { graceSeconds, maxStalenessMs },
    () => ++at,
    () => clock,
  );
  const begin = (operation: Operation) => recorder.begin(operation, { deadlineMs: 1000 });
  const issued = (refresh: string) => ({ family: 'f', user: 'u', refresh: { jti: refresh, exp: 2000 } });
  const written = {
    recorder,
    begin,
    issued,
    wait: (ms: number) => void (at += ms),
    moveClock: (seconds: number) => void (clock += seconds),
    now: () => at,
    login: (refresh = 'a') => begin({ name: 'login', user: 'u' }).ok(issued(refresh)),
    refreshed: (token: string, successor: string) => begin({ name: 'refresh', token }).ok(issued(successor)),
    refused: (token: string, code: string) => begin({ name: 'refresh', token }).fail(code),
    unanswered: (token: string) => begin({ name: 'refresh', token }).unknown(),
    verified: (token: string, cached = false) => begin({ name: 'verify', token, cached }).ok(),
    unverified: (token: string, code: string) => begin({ name: 'verify', token }).fail(code),
    revoked: () => begin({ name: 'revokeFamily', family: 'f' }).ok(),
  };
  written.login();
  return written;
}

type Log = ReturnType<typeof log>;

interface Case {
  readonly invariant: Invariant;
  readonly breaks: string;
  readonly broken: (written: Log) => void;
  readonly keeps: string;
  readonly kept: (written: Log) => void;
  readonly rules?: Parameters<typeof log>[0];
}

const CASES: readonly Case[] = [
  {
    invariant: 'I1',
    breaks: 'two answers to one token have different successors',
    broken: ({ refreshed }) => ['b', 'c'].forEach((successor) => refreshed('a', successor)),
    keeps: 'two answers to one token have the same successor',
    kept: ({ refreshed }) => ['b', 'b'].forEach((successor) => refreshed('a', successor)),
  },
  {
    invariant: 'I1',
    breaks: 'a successor that nobody was given is seen alive',
    broken({ refreshed, begin }) {
      refreshed('a', 'b');
      begin({ name: 'verify', token: 'c', parent: 'a' }).ok();
    },
    keeps: 'a successor that nobody was given is refused',
    kept({ refreshed, begin }) {
      refreshed('a', 'b');
      begin({ name: 'verify', token: 'c', parent: 'a' }).fail('unknown_token');
    },
  },
  {
    invariant: 'I2',
    breaks: 'a token is accepted after its family was revoked',
    broken: ({ revoked, verified }) => [revoked(), verified('a')],
    keeps: 'it is refused after that, and was accepted by a call made before the acknowledgement',
    kept({ begin, unverified }) {
      const check = begin({ name: 'verify', token: 'a' });
      const revocation = begin({ name: 'revokeFamily', family: 'f' });
      revocation.ok();
      check.ok();
      unverified('a', 'family_revoked');
    },
  },
  {
    invariant: 'I2',
    breaks: 'the child of a token that was logged out is exchanged',
    broken({ refreshed, begin }) {
      refreshed('a', 'b');
      begin({ name: 'blacklist', token: 'a' }).ok();
      refreshed('b', 'c');
    },
    keeps: 'a revocation that nobody acknowledged has no effect yet',
    kept({ begin, verified, revoked, unverified }) {
      begin({ name: 'revokeFamily', family: 'f' }).unknown();
      verified('a');
      revoked();
      unverified('a', 'family_revoked');
    },
  },
  {
    invariant: 'I2',
    breaks: "a session that began before the user's revocation is accepted after it",
    broken: ({ begin, verified }) => [begin({ name: 'revokeUser', user: 'u' }).ok(), verified('a')],
    keeps: 'a login that overlaps the revocation lives, and one before it does not',
    kept({ begin, verified, unverified }) {
      const login = begin({ name: 'login', user: 'u' });
      begin({ name: 'revokeUser', user: 'u' }).ok();
      login.ok({ family: 'g', user: 'u', refresh: { jti: 'g1', exp: 2000 } });
      verified('g1');
      unverified('a', 'revoked');
    },
  },
  {
    invariant: 'I3',
    rules: { maxStalenessMs: 100 },
    breaks: 'a cached check accepts a token 101 ms after its revocation',
    broken: ({ revoked, wait, verified }) => [revoked(), wait(100), verified('a', true)],
    keeps: 'it accepts it 100 ms after',
    kept: ({ revoked, wait, verified }) => [revoked(), wait(99), verified('a', true)],
  },
  {
    invariant: 'I4',
    breaks: 'an ancestor is exchanged',
    broken: ({ refreshed }) => [refreshed('a', 'b'), refreshed('b', 'c'), refreshed('a', 'b')],
    keeps: 'it is refused',
    kept: ({ refreshed, refused }) => [refreshed('a', 'b'), refreshed('b', 'c'), refused('a', 'reused')],
  },
  {
    invariant: 'I4',
    breaks: 'the family lives on after the refusal',
    broken: ({ refreshed, refused, verified }) => [
      refreshed('a', 'b'),
      refreshed('b', 'c'),
      refused('a', 'reused'),
      verified('c'),
    ],
    keeps: 'the family is dead then',
    kept: ({ refreshed, refused, unverified }) => [
      refreshed('a', 'b'),
      refreshed('b', 'c'),
      refused('a', 'reused'),
      unverified('c', 'family_revoked'),
    ],
  },
  {
    invariant: 'I5',
    breaks: 'the retry of an unknown outcome is refused as reuse inside the window',
    broken: ({ unanswered, moveClock, refused }) => [unanswered('a'), moveClock(9), refused('a', 'reused')],
    keeps: 'it is refused so after the window, by a clock that counts whole seconds',
    kept: ({ unanswered, moveClock, refused }) => [moveClock(0.9), unanswered('a'), moveClock(9.2), refused('a', 'reused')],
  },
  {
    invariant: 'I5',
    breaks: 'a family that nobody revoked is refused as revoked',
    broken: ({ unverified }) => unverified('a', 'family_revoked'),
    keeps: 'one that somebody may have revoked is',
    kept: ({ begin, unverified }) => [begin({ name: 'revokeFamily', family: 'f' }).unknown(), unverified('a', 'family_revoked')],
  },
  {
    invariant: 'I6',
    breaks: 'a token that was handed out is unknown',
    broken: ({ refreshed, refused }) => [refreshed('a', 'b'), refused('b', 'unknown_token')],
    keeps: 'it has expired',
    kept: ({ refreshed, moveClock, refused }) => [refreshed('a', 'b'), moveClock(1000), refused('b', 'expired')],
  },
  {
    invariant: 'I6',
    breaks: 'a token expires before its time',
    broken: ({ moveClock, unverified }) => [moveClock(999), unverified('a', 'expired')],
    keeps: 'a token verifies and refreshes, and is not yet valid for a clock set back',
    kept({ verified, refreshed, begin, moveClock, unverified }) {
      verified('a');
      refreshed('a', 'b');
      begin({ name: 'refresh', token: 'b' }).ok({ family: 'f', user: 'u', refresh: { jti: 'c', exp: 2000, iat: 1000 } });
      moveClock(-1);
      unverified('c', 'not_yet_valid');
    },
  },
  {
    invariant: 'I7',
    breaks: 'calls go unanswered for more than 2 s after the store came back',
    broken(written) {
      bounce(written.recorder, written.now());
      for (let call = 0; call < 30; call++) slowly(written, () => written.unanswered('a'));
      written.refreshed('a', 'b');
    },
    keeps: 'the first answer comes within 2 s, and each call after that has one',
    kept(written) {
      bounce(written.recorder, written.now());
      for (let call = 0; call < 15; call++) slowly(written, () => written.unanswered('a'));
      for (let call = 0; call < 15; call++) slowly(written, () => written.refreshed('a', 'b'));
    },
  },
  {
    invariant: 'I8',
    breaks: 'a call ends 251 ms after its deadline',
    broken({ begin, wait }) {
      const call = begin({ name: 'verify', token: 'a' });
      wait(1250);
      call.ok();
    },
    keeps: 'a call ends 250 ms after it',
    kept({ begin, wait }) {
      const call = begin({ name: 'verify', token: 'a' });
      wait(1249);
      call.ok();
    },
  },
  {
    invariant: 'I8',
    breaks: 'a call of a client that lives never ends',
    broken: ({ begin, wait, login }) => [begin({ name: 'verify', token: 'a' }), wait(2000), login('z')],
    keeps: 'a call of a client that died never ends',
    kept({ begin, wait, recorder, now, login }) {
      begin({ name: 'verify', token: 'a' });
      recorder.note({ type: 'crash', at: now(), client: 'client' });
      wait(2000);
      login('z');
    },
  },
  {
    invariant: 'I8',
    breaks: 'a call ends late, and its client stood still for less than that',
    broken({ begin, wait, recorder, now }) {
      const call = begin({ name: 'verify', token: 'a' });
      wait(1300);
      recorder.note({ type: 'lag', at: now(), ms: 50 });
      call.ok();
    },
    keeps: 'a call ends late because its client stood still',
    kept({ begin, wait, recorder, now }) {
      const call = begin({ name: 'verify', token: 'a' });
      wait(1300);
      recorder.note({ type: 'lag', at: now(), ms: 51 });
      call.ok();
    },
  },
  {
    invariant: 'I9',
    breaks: 'the heap grows by more than a twentieth',
    broken: ({ recorder }) => [100, 103, 106].forEach((value) => recorder.note({ type: 'figure', name: 'heap', value })),
    keeps: 'it grows by a twentieth',
    kept: ({ recorder }) => [100, 110, 105].forEach((value) => recorder.note({ type: 'figure', name: 'heap', value })),
  },
  {
    invariant: 'I9',
    breaks: 'a socket is left open',
    broken: ({ recorder }) => [2, 3].forEach((value) => recorder.note({ type: 'figure', name: 'sockets', value })),
    keeps: 'as many sockets are open as before',
    kept: ({ recorder }) => [2, 5, 2].forEach((value) => recorder.note({ type: 'figure', name: 'sockets', value })),
  },
  {
    invariant: 'I10',
    breaks: 'a log line holds a token',
    broken: ({ recorder }) => recorder.note({ type: 'logs', lines: 5, leaks: 1 }),
    keeps: 'none does',
    kept: ({ recorder }) => recorder.note({ type: 'logs', lines: 5, leaks: 0 }),
  },
  {
    invariant: 'I11',
    breaks: 'two retries of an unknown outcome are answered differently',
    broken: ({ unanswered, refreshed }) => [unanswered('a'), refreshed('a', 'b'), refreshed('a', 'c')],
    keeps: 'they are answered alike',
    kept: ({ unanswered, refreshed }) => [unanswered('a'), refreshed('a', 'b'), refreshed('a', 'b')],
  },
  {
    invariant: 'I11',
    breaks: 'a retry is refused although the one before was answered',
    broken: ({ unanswered, refreshed, refused }) => [unanswered('a'), refreshed('a', 'b'), refused('a', 'revoked')],
    keeps: 'a retry is refused once the child was used',
    kept: ({ unanswered, refreshed, refused }) => [
      unanswered('a'),
      refreshed('a', 'b'),
      refreshed('b', 'c'),
      refused('a', 'reused'),
    ],
  },
];

describe('the history checker', () => {
  it.each(CASES)('$invariant: finds that $breaks', ({ invariant, broken, rules }) => {
    const { violations } = checked(broken, rules);
    expect(violations.map((violation) => violation.invariant)).toContain(invariant);
  });

  it.each(CASES)('$invariant: has nothing to say where $keeps', ({ invariant, kept, rules }) => {
    const { violations, looked } = checked(kept, rules);
    expect(violations).toEqual([]);
    expect(looked[invariant]).toBeGreaterThan(0);
  });

  it('has a history for each invariant that breaks it and one that keeps it', () => {
    const judged = new Set(CASES.map(({ invariant }) => invariant));
    expect([...judged]).toEqual(Object.keys(checked(() => undefined).looked));
    expect(judged.size).toBe(11);
  });

  it('counts what it looked at, and shows nothing where that was nothing', () => {
    const verdict = checked(({ refreshed }) => refreshed('a', 'b'));
    expect(verdict.looked).toMatchObject({ I1: 1, I2: 0, I4: 0, I5: 1, I6: 1, I8: 2, I10: 0 });
    expect(() => assertKept(verdict, ['I1', 'I6'])).not.toThrow();
    expect(() => assertKept(verdict, ['I1', 'I2', 'I10'])).toThrow('nothing was looked at for I2, I10');
    const broken = checked(({ revoked, verified }) => [revoked(), verified('a')]);
    expect(() => assertKept(broken, ['I1'])).toThrow(
      '1 violations; the first: I2, verify accepts a token after its revocation, call 3',
    );
  });

  it('refuses a log that cannot be', () => {
    const twice = () =>
      checked(({ begin, issued }) => {
        const call = begin({ name: 'refresh', token: 'a' });
        call.ok(issued('b'));
        call.unknown();
      });
    expect(twice).toThrow('call 2 ends without a beginning');
  });
});

function checked(write: (written: Log) => unknown, rules?: Parameters<typeof log>[0]) {
  const written = log(rules);
  write(written);
  return checkHistory(written.recorder.history);
}

function bounce(recorder: Recorder, at: number): void {
  recorder.note({ type: 'store', at, state: 'down' });
  recorder.note({ type: 'store', at, state: 'up' });
}

function slowly(written: Log, call: () => void): void {
  written.wait(100);
  call();
}
