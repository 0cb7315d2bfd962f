import type { TokenEvents } from '../ports/token-events.ts';
import { isThenable } from './maybe-promise.ts';

export type Announce = <Name extends keyof TokenEvents>(name: Name, event: Parameters<NonNullable<TokenEvents[Name]>>[0]) => void;

/** Tells observers, and drops what they throw or reject with: an observer cannot fail an operation. */
export function announceTo(events: TokenEvents): Announce {
  return function announce(name, event) {
    try {
      const observer: ((event: never) => unknown) | undefined = events[name];
      const result = observer?.call(events, event as never);
      if (isThenable(result)) Promise.resolve(result).catch(() => undefined);
    } catch {
      // by contract
    }
  };
}
