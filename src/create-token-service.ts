import { remoteJwks } from './adapters/keys/remote-jwks.ts';
import { createAdmission } from './application/admission.ts';
import { announceTo, type Announce } from './application/announce.ts';
import { createAuthenticate, createAuthenticateStateless } from './application/authenticate.ts';
import { createBlacklist } from './application/blacklist.ts';
import { createBlacklistFamily } from './application/blacklist-family.ts';
import { parseConfig, type TokenOptions } from './application/config.ts';
import { createFamilyEnder, longestLifeOf } from './application/family-ender.ts';
import { createFingerprint } from './application/fingerprint.ts';
import { createFlushExpired } from './application/flush-expired.ts';
import { createIssuePair, createIssueSliding } from './application/issue.ts';
import { createLogin } from './application/login.ts';
import { createMinting } from './application/minting.ts';
import { ownMembers, refuseUnknown } from './application/option-names.ts';
import { createObtainPair } from './application/obtain-pair.ts';
import { createObtainSliding } from './application/obtain-sliding.ts';
import { createPresentedTokens } from './application/presented-token.ts';
import { createRefresh } from './application/refresh.ts';
import { createRefreshSliding } from './application/refresh-sliding.ts';
import { rememberImports } from './application/remembered-imports.ts';
import { createRevokeFamily } from './application/revoke-family.ts';
import { createRevokeOtherSessions, createRevokeUser } from './application/revoke-user.ts';
import { createRotation } from './application/rotation.ts';
import { assertOverlap, parseServiceKeys, type ServiceKeyOptions } from './application/service-keys.ts';
import { createSessionStarter } from './application/session-start.ts';
import { createSessions } from './application/sessions.ts';
import { withTraces } from './application/stack-traces.ts';
import { createStatusCheck, withStaleAnswers } from './application/status-check.ts';
import { createStoreCall } from './application/store-call.ts';
import { createTokenCodec } from './application/token-codec.ts';
import { createTokenHolder } from './application/token-holder.ts';
import { createTokenReader } from './application/token-reader.ts';
import type { TokenService } from './application/token-service.ts';
import { createUserGate } from './application/user-gate.ts';
import { createVerify } from './application/verify.ts';
import { ConfigError } from './domain/errors.ts';
import type { Clock } from './ports/clock.ts';
import type { CryptoProvider } from './ports/crypto-provider.ts';
import type { TokenEvents } from './ports/token-events.ts';
import type { TokenStore } from './ports/token-store.ts';
import type { User, UserRepository } from './ports/user-repository.ts';

/** Settings, keys and ports of a token service. */
export interface TokenServiceOptions<U extends User = User> extends TokenOptions<U>, ServiceKeyOptions {
  /** Another issuer's JWK Set (https): its tokens verify beside this service's own. Ignored with HS*, as in Simple JWT. */
  readonly jwkUrl?: string | undefined;
  readonly crypto: CryptoProvider;
  readonly users: UserRepository<U>;
  readonly store: TokenStore;
  readonly clock: Clock;
  readonly events?: TokenEvents | undefined;
}

/**
 * The composition root: options and ports in, use-cases out. Throws `ConfigError` for anything that cannot be meant; what only an asynchronous
 * backend can refuse is refused by `ready()`.
 */
export function createTokenService<U extends User>(options: TokenServiceOptions<U>): TokenService<U> {
  // inside, a user is what the port says it is; what else it has only the application's own hooks and repository see
  return compose(options as unknown as TokenServiceOptions) as unknown as TokenService<U>;
}

function compose(given: TokenServiceOptions): TokenService {
  const options = ownMembers(given);
  const {
    crypto,
    users,
    store,
    events = {},
    signingKey,
    verifyingKey,
    fingerprintKey,
    jwkUrl,
    keys,
    clock: time,
    ...settings
  } = options;
  for (const [port, method] of REQUIRED_METHODS) assertPort(options, port, method);
  if (typeof time !== 'function')
    throw new ConfigError('missing_option', 'clock', 'clock must be a function that answers seconds since the epoch');
  const clock = wholeSeconds(time);
  const config = parseConfig(settings, SERVICE_OPTIONS);

  const remote = jwkUrl === undefined || config.algorithm.kty === 'oct' ? undefined : remoteJwks(jwkUrl, { clock });
  const importer = rememberImports(crypto);
  const serviceKeys = parseServiceKeys({ signingKey, verifyingKey, keys }, { row: config.algorithm, crypto, importer, remote });

  const codec = createTokenCodec({ config, signer: serviceKeys.signer, sources: serviceKeys.sources, importer });
  const { leewaySeconds } = codec;
  const announceAll = announceTo(parseEvents(events));
  const announce: Announce = (name, event) => {
    if (name === 'revoked' || name === 'reused') stale?.forget();
    announceAll(name, event);
  };
  const asking = { store, deadlineSeconds: config.storeDeadlineSeconds, announce };
  const ask = createStoreCall({ ...asking, onHiddenRevocation: () => stale?.forget() });
  const status = createStatusCheck(ask);
  const stale =
    config.onStoreError === 'allow-stale'
      ? withStaleAnswers({
          check: status,
          checkOnce: createStatusCheck(createStoreCall({ ...asking, repeats: false })),
          maxStalenessSeconds: config.maxStalenessSeconds,
          elapsedSeconds: () => performance.now() / 1000,
        })
      : undefined;
  const admit = createAdmission(status);
  const read = createTokenReader(config, leewaySeconds);
  const presented = createPresentedTokens({ config, codec, read, admit });

  const gate = createUserGate({
    config,
    users,
    fingerprint: createFingerprint({ config, crypto, fingerprintKey, signingKey: serviceKeys.signingKey }),
  });
  const minting = createMinting({ config, crypto, gate, leewaySeconds });
  const starter = createSessionStarter({ codec, minting, gate, ask, announce, clock });
  const login = createLogin({ config, users, gate, starter, announce, clock });
  const longestLife = longestLifeOf(config);
  assertOverlap(keys, longestLife + leewaySeconds);
  const endFamily = createFamilyEnder(ask, longestLife, leewaySeconds);

  const rotate = createRotation({ config, minting, ask, longestLife, leewaySeconds });
  const holder = createTokenHolder({ gate, ask, announce });
  const refreshing = { config, codec, presented, holder, minting, rotate, announce, clock };
  const revoking = { config, presented, ask, announce, clock, minting, longestLife, leewaySeconds };
  const verifying = { config, codec, read, admit, clock };
  const guarding = { ...verifying, admit: stale === undefined ? admit : createAdmission(stale.check), gate };
  const flushExpired = createFlushExpired({ ask, clock });
  const flushing = startFlushing(store, config.flushIntervalSeconds, flushExpired);

  const useCases = {
    obtainPair: createObtainPair({ login, starter }),
    obtainSliding: createObtainSliding({ login, starter }),
    refresh: createRefresh(refreshing),
    refreshSliding: createRefreshSliding(refreshing),
    verify: createVerify(verifying),
    authenticate: createAuthenticate(guarding),
    authenticateStateless: createAuthenticateStateless(guarding),
    blacklist: createBlacklist(revoking),
    blacklistFamily: createBlacklistFamily({ ...revoking, admit, endFamily }),
    revokeFamily: createRevokeFamily({ endFamily, announce, clock }),
    revokeUser: createRevokeUser(revoking),
    revokeOtherSessions: createRevokeOtherSessions(revoking),
    sessions: createSessions({ ask, clock }),
    flushExpired,
    issuePair: createIssuePair({ starter }),
    issueSliding: createIssueSliding({ starter }),
    ready: serviceKeys.ready,
    publicJwks: serviceKeys.publicJwks,
    keysMaxAgeSeconds: serviceKeys.keysMaxAgeSeconds,
  };
  return Object.freeze({
    ...(config.errors === 'full' ? withTraces(useCases) : useCases),
    config,
    // what the caller made, the caller closes: store, users and keys may serve others
    async [Symbol.asyncDispose]() {
      clearInterval(flushing);
      await remote?.close?.();
    },
  });
}

/** Collects expired records for stores that do not by themselves. The timer keeps no process alive. */
function startFlushing(store: TokenStore, intervalSeconds: number | undefined, flush: () => Promise<number>) {
  if (intervalSeconds === undefined || store.expiresNatively === true) return undefined;
  const timer = setInterval(() => void flush().catch(() => undefined), intervalSeconds * 1000); // a failure is announced as storeError
  const unrefable: { unref?(): unknown } = timer; // a bare number outside Node
  unrefable.unref?.();
  return timer;
}

/** Compared with NaN nothing would ever expire, so a clock that answers no number is refused at its first reading. */
function wholeSeconds(time: Clock): Clock {
  return () => {
    const now = Math.floor(time());
    if (Number.isFinite(now)) return now;
    throw new ConfigError('invalid_option', 'clock', 'clock must answer a finite number: seconds since the epoch');
  };
}

/** A misspelt observer would never be called. Instances of a class may have what they like besides. */
function parseEvents(events: unknown): TokenEvents {
  if (typeof events !== 'object' || events === null)
    throw new ConfigError('invalid_option', 'events', 'events must be an object of observers');
  if (Object.getPrototypeOf(events) === Object.prototype) refuseUnknown(events, EVENTS);
  return events;
}

const EVENTS: readonly (keyof TokenEvents)[] = [
  'obtained',
  'loginFailed',
  'refreshed',
  'replayed',
  'reused',
  'revoked',
  'storeError',
];

function assertPort(options: object, port: string, methods: readonly string[]): void {
  const value: unknown = Object.entries(options).find(([name]) => name === port)?.[1];
  for (const method of methods) {
    if (typeof value === 'object' && value !== null && typeof Reflect.get(value, method) === 'function') continue;
    throw new ConfigError(
      'missing_option',
      port,
      value === undefined ? `${port} is required` : `${port} lacks ${method}: it must implement the whole port`,
    );
  }
}

const REQUIRED_METHODS: readonly (readonly [string, readonly string[]])[] = [
  ['crypto', ['importSigner', 'importVerifier', 'randomBytes', 'digest']],
  ['users', ['authenticate', 'findById']],
  ['store', ['record', 'rotate', 'epoch', 'status', 'blacklist', 'revokeFamily', 'revokeUser', 'sessions', 'flushExpired']],
];

const SERVICE_OPTIONS = [
  'signingKey',
  'verifyingKey',
  'fingerprintKey',
  'jwkUrl',
  'keys',
  'crypto',
  'users',
  'store',
  'clock',
  'events',
];
