import type { TokenStore } from '../../ports/token-store.ts';

/** A store that was opened for `serve`, and is closed when it ends. */
export interface OpenedStore extends AsyncDisposable {
  readonly store: TokenStore;
  /** Where state is kept, as `--store` has it, without user and password. */
  readonly url: string;
  /** The same in a sentence for people: what of it outlives a restart. */
  readonly note: string;
  /** Whether access tokens are checked by a local copy of its revocations. */
  readonly replica?: boolean;
}

/**
 * Opens the store that `--store` names, and without it the one that fits the file of `--config`. Throws `UsageError` or `ConfigError` for what the
 * caller has to change; no message repeats a password.
 */
export type OpenStore = (
  url: string | undefined,
  configFile: string | undefined,
  options: { readonly replica: boolean },
) => Promise<OpenedStore>;
