import { randomUUID } from 'node:crypto';
import type { NumericDate } from '../../../domain/claims/numeric-date.ts';
import type { Clock } from '../../../ports/clock.ts';
import type { Facts } from './facts.ts';

/** Revocations that were published together: see `application/feed-entries.ts`. */
export interface Entry {
  readonly _id: string;
  readonly at: NumericDate;
  readonly text: string;
}

/** The feed as such: another name is another feed, of which nothing was read yet. */
interface History {
  readonly _id: typeof HISTORY;
  readonly name: string;
  readonly since: NumericDate;
}

/** Gives the feed a history where it has none, and answers it. */
export async function begin(facts: Facts, clock: Clock): Promise<History> {
  for (;;) {
    const [found] = await facts.read({ _id: HISTORY }, {});
    if (found !== undefined) return found as unknown as History;
    const history: History = { _id: HISTORY, name: randomUUID(), since: clock() };
    await facts.add([history], 'first', {});
  }
}

/** Numbers as text of one length, so that they are in order. */
export const idOf = (number: number) => String(number).padStart(16, '0');
export const numberOf = (id: string) => Number(id);
export const ENTRIES = { $gte: '0', $lt: ':' };
const HISTORY = 'history';
