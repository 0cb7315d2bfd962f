import { nodeCrypto } from './adapters/crypto/node/provider.ts';
import { memoryStore } from './adapters/storage/memory.ts';
import { ownMembers } from './application/option-names.ts';
import type { TokenService } from './application/token-service.ts';
import type { User } from './ports/user-repository.ts';
import { systemClock } from './adapters/system-clock.ts';
import { createTokenService as createWith, type TokenServiceOptions as CoreOptions } from './create-token-service.ts';

export * from './core-exports.ts';

/** As in `simplejwt/core`, with Node's defaults. */
export type TokenServiceOptions<U extends User = User> = Omit<CoreOptions<U>, DefaultedPort> &
  Partial<Pick<CoreOptions<U>, DefaultedPort>>;
type DefaultedPort = 'crypto' | 'users' | 'store' | 'clock';

/**
 * Builds a token service with Node's defaults: `node:crypto`, the system clock, a store in this process's memory (of which it warns once,
 * since it is lost on restart and shared with no other process) and, without `users`, nobody who could log in. Throws `ConfigError`.
 */
export function createTokenService<U extends User = User>(options: TokenServiceOptions<U>): TokenService<U> {
  const { crypto = nodeCrypto, users = nobody, store = defaultStore(), clock = systemClock, ...rest } = ownMembers(options);
  return createWith({ ...rest, crypto, users, store, clock });
}

/** Nobody can log in where no users were given. */
const nobody = { authenticate: () => null, findById: () => null };

let warned = false;

function defaultStore() {
  if (!warned)
    process.emitWarning(
      'tokens are stored in memory: revocations are lost on restart and unknown to other processes; pass store',
      'SimplejwtWarning',
    );
  warned = true;
  return memoryStore();
}
