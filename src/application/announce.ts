import type { TokenEvents } from '../ports/token-events.ts';

export type Announce = <Name extends keyof TokenEvents>(name: Name, event: Parameters<NonNullable<TokenEvents[Name]>>[0]) => void;

/** Tells observers, and drops what they throw or reject with: an observer cannot fail an operation. */
export function announceTo(events: TokenEvents): Announce {
  return function announce(name, event) {
    const observer: ((event: never) => unknown) | undefined = events[name];
    try {
      const result = observer?.call(events, event as never);
      if (result instanceof Promise) result.catch(() => undefined);
    } catch {
      // by contract
    }
  };
}
