import { recover } from '../../../application/maybe-promise.ts';

/** Observers of a replica: what they throw is dropped. No event carries a token or an id. */
export interface ReplicaEvents {
  /** The copy is complete: at the start, and again after it was stale or lost. */
  caughtUp?(event: { readonly entries: number }): unknown;
  /** The copy has become too old: told once, by the first check that met with it. */
  stale?(event: { readonly ageSeconds: number }): unknown;
  /** The feed has lost its history: the copy begins anew. */
  lost?(): unknown;
  /** The feed could not be read. */
  failed?(event: { readonly error: unknown }): unknown;
}

/** What a replica has in hand, for a health check and for metrics. */
export interface ReplicaDiagnostics {
  /** `starting`: the copy has never been complete; `stale`: it is too old to answer from. */
  readonly state: 'starting' | 'fresh' | 'stale' | 'closed';
  /** Seconds by which the copy may be behind; undefined while it is not complete. */
  readonly ageSeconds: number | undefined;
  /** Revocations in the copy, and families known to be on record. */
  readonly entries: number;
  readonly knownFamilies: number;
  /** How far the feed was read; undefined before the first answer. */
  readonly position: string | undefined;
  /** Checks of access tokens: answered here, passed on to the store, and refused because the copy was too old. */
  readonly local: number;
  readonly asked: number;
  readonly refused: number;
  /** Reads of the feed that failed, each followed by another on a new connection; and histories that were lost. */
  readonly failures: number;
  readonly losses: number;
}

/** Tells an observer, and drops what it throws or rejects with: it cannot fail what it observes. */
export function tell<Name extends keyof ReplicaEvents>(
  events: ReplicaEvents,
  name: Name,
  ...event: Parameters<NonNullable<ReplicaEvents[Name]>>
): void {
  const observer: unknown = events[name];
  if (typeof observer !== 'function') return;
  void recover<unknown, void>(
    () => Reflect.apply(observer, events, event) as unknown,
    () => undefined,
  );
}
