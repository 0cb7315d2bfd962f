import { parseFamilyId, parseUserId } from '../domain/token/token-id.ts';
import type { SessionEvent, TokenEvents } from '../ports/token-events.ts';
import { mountPromises, type Promised, type TestRunner } from './promised.ts';

export interface EventsContractOptions extends TestRunner {
  readonly name: string;
  readonly createEvents: () => TokenEvents;
}

/** What TokenEvents should promise: whatever they are told, they take. A service drops what they throw, but then nobody hears of the event. */
export function eventsContract({ name, describe, it, createEvents }: EventsContractOptions): void {
  mountPromises({ describe, it }, `${name} keeps the contract of TokenEvents`, PROMISES, (use) => use(createEvents()));
}

const context = { metadata: { device: 'phone' } };
const known: SessionEvent = { user: parseUserId('ada'), family: parseFamilyId('family'), context };
/** An event where the token named neither. */
const unknown: SessionEvent = { user: undefined, family: undefined, context: {} };

const PROMISES: readonly Promised<TokenEvents>[] = [
  { title: 'takes the events of sessions', holds: (events) => tell(events, known) },
  { title: 'takes events without user and family', holds: (events) => tell(events, unknown) },
  {
    title: 'takes the same event many times',
    async holds(events) {
      for (let time = 0; time < 10; time++) await tell(events, known);
    },
  },
];

async function tell(events: TokenEvents, session: SessionEvent): Promise<void> {
  await events.obtained?.(session);
  await events.loginFailed?.({ context: session.context });
  await events.refreshed?.(session);
  await events.replayed?.(session);
  for (const kind of ['late_retry', 'ancestor'] as const) {
    for (const familyEnded of [true, false]) await events.reused?.({ ...session, kind, familyEnded });
  }
  for (const scope of ['token', 'family', 'user', 'other_sessions'] as const) await events.revoked?.({ ...session, scope });
  await events.storeError?.({ operation: 'rotate', error: new Error('the store is away'), context: session.context });
}
