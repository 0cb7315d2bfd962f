import type { Issued, Operation } from '../proof/history.ts';
import type { Recorder } from '../proof/recorder.ts';
import type { Answer, Ask, Endpoint } from './endpoint.ts';

/** A token as its holder has it. */
export interface Held {
  readonly compact: string;
  readonly jti: string;
}

export interface Pair {
  readonly family: string;
  readonly user: string;
  readonly refresh: Held;
  readonly access: Held;
}

export type End = 'ok' | 'refused' | 'unknown';

/** Asks a service and writes down what came of it. Remembers the end of each token it was given, to look for it in logs. */
export class Client {
  readonly #recorder: Recorder;
  readonly #name: string;
  readonly #deadlineMs: number | undefined;
  readonly #leaks: LeakSearch;

  constructor(name: string, recorder: Recorder, leaks: LeakSearch, deadlineMs?: number) {
    this.#recorder = recorder;
    this.#name = name;
    this.#leaks = leaks;
    this.#deadlineMs = deadlineMs;
  }

  async login(endpoint: Endpoint, user: string): Promise<Pair | End> {
    // two calls of the store: the epoch, and the record
    return this.#ask(endpoint, { name: 'login', user }, { name: 'login', user }, 2);
  }

  async refresh(endpoint: Endpoint, { compact, jti }: Held): Promise<Pair | End> {
    return this.#ask(endpoint, { name: 'refresh', token: compact }, { name: 'refresh', token: jti });
  }

  /** `cached`: by a check that may be stale. */
  async verify(endpoint: Endpoint, { compact, jti }: Held, { cached = false } = {}): Promise<End> {
    const operation: Operation = { name: 'verify', token: jti, ...(cached && { cached }) };
    return endOf(await this.#ask(endpoint, { name: 'verify', token: compact }, operation));
  }

  async blacklist(endpoint: Endpoint, { compact, jti }: Held): Promise<End> {
    return endOf(await this.#ask(endpoint, { name: 'blacklist', token: compact }, { name: 'blacklist', token: jti }, 2));
  }

  async revokeFamily(endpoint: Endpoint, family: string): Promise<End> {
    return endOf(await this.#ask(endpoint, { name: 'revokeFamily', family }, { name: 'revokeFamily', family }));
  }

  async revokeUser(endpoint: Endpoint, user: string): Promise<End> {
    return endOf(await this.#ask(endpoint, { name: 'revokeUser', user }, { name: 'revokeUser', user }));
  }

  async #ask(endpoint: Endpoint, ask: Ask, operation: Operation, storeCalls = 1): Promise<Pair | End> {
    const within = this.#deadlineMs === undefined ? {} : { deadlineMs: this.#deadlineMs * storeCalls };
    const ending = this.#recorder.begin(operation, { client: this.#name, ...within });
    let answer: Answer;
    try {
      answer = await endpoint.ask(ask);
    } catch {
      ending.unknown(); // the process that was asked has died
      return 'unknown';
    }
    this.#leaks.read(answer.logged);
    const { refused, refresh, access } = answer;
    if (refused !== undefined && refused.status >= 500) {
      ending.unknown();
      return 'unknown';
    }
    if (refused !== undefined) {
      ending.fail(refused.code);
      return 'refused';
    }
    if (refresh === undefined || access === undefined) {
      ending.ok();
      return 'ok';
    }
    const pair = { refresh: claimsOf(refresh), access: claimsOf(access) };
    this.#leaks.remember(refresh, access);
    const { family_id: family, user_id: user } = pair.refresh;
    const issued: Issued = { family, user, refresh: timesOf(pair.refresh), access: timesOf(pair.access) };
    ending.ok(issued);
    const held = (compact: string, { jti }: { readonly jti: string }): Held => ({ compact, jti });
    return { family, user, refresh: held(refresh, pair.refresh), access: held(access, pair.access) };
  }
}

/** Looks for tokens in what a service logs: for any 20 characters that one of the latest ends with. */
export class LeakSearch {
  readonly #ends = new Set<string>();
  lines = 0;
  leaks = 0;

  remember(...tokens: readonly string[]): void {
    for (const token of tokens) this.#ends.add(token.slice(-LENGTH));
    for (const oldest of this.#ends) {
      if (this.#ends.size <= MOST_ENDS) break;
      this.#ends.delete(oldest);
    }
  }

  read(lines: readonly string[]): void {
    for (const line of lines) {
      this.lines++;
      this.leaks += Number(this.#isIn(line));
    }
  }

  #isIn(line: string): boolean {
    for (let at = 0; at + LENGTH <= line.length; at++) if (this.#ends.has(line.slice(at, at + LENGTH))) return true;
    return false;
  }
}

interface SeenClaims {
  readonly jti: string;
  readonly exp: number;
  readonly iat: number;
  readonly family_id: string;
  readonly user_id: string;
}

function claimsOf(token: string): SeenClaims {
  return JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()) as SeenClaims;
}

function timesOf({ jti, exp, iat }: SeenClaims): Issued['refresh'] {
  return { jti, exp, iat };
}

function endOf(answer: Pair | End): End {
  return typeof answer === 'string' ? answer : 'ok';
}

const LENGTH = 20;
const MOST_ENDS = 10_000;
