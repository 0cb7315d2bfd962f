import { describe, expect, it } from 'vitest';
import type { Answer } from '../answers.ts';
import { compare } from '../compare.ts';
import { ANY_BODY } from './expected.ts';
import { createServer, type Sent, type Server, type Settings } from './server.ts';
import { NOW } from './tokens.ts';

/** The rule (of SIMPLE-JWT.md, or `API: ` and a row of API.md's closing table), what is sent, and what the answer is. */
export type Row = readonly [rule: string, name: string, sent: Sent, answer: Answer];

/** Rows that do not depend on each other, on one server. */
export function rows(title: string, settings: Settings, table: readonly Row[]): void {
  describe(title, () => {
    let server: Server | undefined;
    it.each(table)('%s: %s', async (_rule, _name, sent, answer) => {
      server ??= createServer(settings);
      await check(server, sent, answer);
    });
  });
}

/** What the steps of a flow remember: the tokens of an answer, by the name the step gave it. */
export type Kept = Readonly<Record<string, Readonly<Record<string, string>>>>;

export interface Step {
  readonly rule: string;
  readonly name: string;
  /** Seconds after NOW. */
  readonly later?: number;
  /** What an administrator does before. */
  readonly before?: (server: Server) => unknown;
  readonly send: Sent | ((kept: Kept) => Sent);
  readonly answer: Answer | ((kept: Kept) => Answer);
  readonly keep?: string;
}

/** Steps in their order on one server. */
export function flow(title: string, settings: Settings, steps: readonly Step[]): void {
  describe(title, () => {
    const kept: Record<string, Readonly<Record<string, string>>> = {};
    let server: Server | undefined;
    it.each(steps)('$rule: $name', async ({ later = 0, before, send, answer, keep }) => {
      server ??= createServer(settings);
      server.at(NOW + later);
      await before?.(server);
      const sent = typeof send === 'function' ? send(kept) : send;
      const text = await check(server, sent, typeof answer === 'function' ? answer(kept) : answer);
      if (keep !== undefined) kept[keep] = JSON.parse(text);
    });
  });
}

async function check(server: Server, sent: Sent, expected: Answer): Promise<string> {
  const { answer, text } = await server.send(sent);
  const wanted = expected.body === ANY_BODY ? { ...expected, body: answer.body } : expected;
  expect(compare(wanted, answer)).toEqual([]);
  return text;
}
