import { nodeCrypto } from '../../src/adapters/crypto/node/provider.ts';
import { recommended } from '../../src/application/config.ts';
import type { TokenService } from '../../src/application/token-service.ts';
import { createTokenService } from '../../src/create-token-service.ts';
import { TokenError } from '../../src/domain/errors.ts';
import type { Clock } from '../../src/ports/clock.ts';
import type { TokenStore } from '../../src/ports/token-store.ts';

/** What a client asks of a service, and sends it. */
export type Ask =
  | { readonly name: 'login'; readonly user: string }
  | { readonly name: 'revokeUser'; readonly user: string }
  | { readonly name: 'refresh'; readonly token: string }
  | { readonly name: 'verify'; readonly token: string }
  | { readonly name: 'blacklist'; readonly token: string }
  | { readonly name: 'revokeFamily'; readonly family: string };

export interface Answer {
  /** The code of a refusal, and its HTTP status. */
  readonly refused?: { readonly code: string; readonly status: number };
  readonly refresh?: string;
  readonly access?: string;
  /** What the service would have logged. */
  readonly logged: readonly string[];
}

/** A service to ask, here or in another process. Rejects when it dies before it has answered. */
export interface Endpoint {
  ask(ask: Ask): Promise<Answer>;
}

export const DEADLINE_SECONDS = 1;
export const GRACE_SECONDS = recommended.refreshGraceSeconds;

/** A service as one would run it, over this store. It signs with HS256: any other would measure the processor. */
export function startService(store: TokenStore, clock: Clock): Endpoint {
  const logged: string[] = [];
  const service = createTokenService({
    ...recommended,
    storeDeadlineSeconds: DEADLINE_SECONDS,
    signingKey: 'a signing key of at least thirty-two bytes',
    crypto: nodeCrypto,
    clock,
    store,
    users: {
      authenticate: ({ username }) => (typeof username === 'string' ? userOf(username) : null),
      findById: (id) => userOf(id),
    },
    events: { storeError: ({ operation, error }) => void logged.push(`${operation}: ${textOf(error)}`) },
  });
  return {
    async ask(ask) {
      try {
        return { ...(await handle(service, ask)), logged: logged.splice(0) };
      } catch (error) {
        if (!(error instanceof TokenError)) throw error;
        return { refused: { code: error.code, status: error.status }, logged: [...logged.splice(0), textOf(error)] };
      }
    },
  };
}

async function handle(service: TokenService, ask: Ask): Promise<{ readonly refresh?: string; readonly access?: string }> {
  if (ask.name === 'login') return service.obtainPair({ username: ask.user, password: 'any' });
  if (ask.name === 'refresh') return service.refresh(ask.token);
  if (ask.name === 'verify') await service.verify(ask.token);
  else if (ask.name === 'blacklist') await service.blacklist(ask.token);
  else if (ask.name === 'revokeFamily') await service.revokeFamily(ask.family);
  else if (ask.name === 'revokeUser') await service.revokeUser(ask.user);
  return {};
}

const userOf = (id: string) => ({ id, isActive: true, credential: 'the hash of a password' });

/** All that a log may show of an error. */
function textOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return `${error.stack ?? error.message}${error.cause === undefined ? '' : `; ${textOf(error.cause)}`}`;
}
