/** Observers of a key document: what they throw is dropped. No event carries a token, and none can fail a request. */
export interface RemoteKeyEvents {
  /** A document came, or the one at hand was confirmed. */
  fetched?(event: { readonly url: string; readonly keys: number; readonly changed: boolean }): unknown;
  /** No document came, or an odd one. `serving` says whether the one at hand still serves. */
  failed?(event: { readonly url: string; readonly error: unknown; readonly serving: boolean }): unknown;
}

/** What a source of remote keys has in hand, for a health check. */
export interface RemoteKeysStatus {
  /** `stale`: it serves, but should have been fetched again; `expired`: it serves no more. */
  readonly state: 'empty' | 'fresh' | 'stale' | 'expired';
  readonly keys: number;
  readonly ageSeconds: number | undefined;
  /** How many requests were made, and how many of them failed. */
  readonly requests: number;
  readonly failures: number;
  /** Of the last request, where it failed; for the log only. */
  readonly error: unknown;
}
