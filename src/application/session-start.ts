import type { ClaimsSet } from '../domain/claims/claims-set.ts';
import { ConfigError, TokenError } from '../domain/errors.ts';
import type { NumericDate } from '../domain/claims/numeric-date.ts';
import type { Clock } from '../ports/clock.ts';
import type { CallContext, SessionMetadata, User } from '../ports/user-repository.ts';
import type { Announce } from './announce.ts';
import { chain, type MaybePromise } from './maybe-promise.ts';
import type { Minted, Minting } from './minting.ts';
import { unexpectedAnswer, unexpectedOutcome, type StoreCall } from './store-call.ts';
import type { TokenCodec } from './token-codec.ts';
import type { SlidingTokenAnswer, TokenPair } from './token-service.ts';
import type { UserGate } from './user-gate.ts';

/** Starts a recorded session for a user who has been authenticated. */
export interface SessionStarter {
  /** The epoch to start under; read before the user is authenticated, so that a revocation in between ends the session. */
  epoch(context: CallContext): MaybePromise<number>;
  pair(user: User, epoch: number, context: CallContext, claims?: ClaimsSet): Promise<TokenPair>;
  sliding(user: User, epoch: number, context: CallContext, claims?: ClaimsSet): Promise<SlidingTokenAnswer>;
}

export interface SessionStarterDeps {
  readonly codec: TokenCodec;
  readonly minting: Minting;
  readonly gate: UserGate;
  readonly ask: StoreCall;
  readonly announce: Announce;
  readonly clock: Clock;
}

export function createSessionStarter({ codec, minting, gate, ask, announce, clock }: SessionStarterDeps): SessionStarter {
  async function record(
    user: User,
    minted: Minted,
    access: Minted | undefined,
    family: ReturnType<Minting['family']>,
    epoch: number,
    now: NumericDate,
    context: CallContext,
  ) {
    const id = gate.idOf(user);
    const session = {
      user: id,
      family,
      token: minted.token,
      access: access?.token,
      endsAt: access && minting.familyEnd(now), // a sliding token has no family claims
      epoch,
      metadata: parseMetadata(context.metadata),
      now,
    };
    const outcome = await ask('record', context, (store, options) => store.record(session, options));
    if (outcome === 'revoked') throw new TokenError('revoked', { cause: new Error('the user was revoked while logging in') });
    if (outcome !== 'recorded') throw unexpectedOutcome(outcome);
    announce('obtained', { user: id, family, context });
  }

  return {
    epoch: (context) =>
      chain(
        ask('epoch', context, (store, options) => store.epoch(options)),
        (epoch) => {
          if (typeof epoch === 'number' && !Number.isNaN(epoch)) return epoch;
          throw unexpectedAnswer(epoch); // compared with it, no login would ever be too old
        },
      ),
    async pair(user, epoch, context, claims = {}) {
      const now = clock();
      const start = { family: minting.family(), now, context, claims };
      const minted = await minting.refreshFor(user, start);
      const access = await minting.accessFrom(minted.claims, user, start);
      const pair = {
        refresh: await codec.seal(minted.claims, context),
        access: await codec.seal(access.claims, context),
      };
      await record(user, minted, access, start.family, epoch, now, context);
      return pair;
    },
    async sliding(user, epoch, context, claims = {}) {
      const now = clock();
      const family = minting.family();
      const minted = await minting.slidingFor(user, { family, now, context, claims });
      const token = await codec.seal(minted.claims, context);
      await record(user, minted, undefined, family, epoch, now, context);
      return { token };
    },
  };
}

/** Metadata is stored as it is, so it is plain, flat and small. */
export function parseMetadata(metadata: unknown): SessionMetadata | undefined {
  if (metadata === undefined) return undefined;
  const flat =
    typeof metadata === 'object' && metadata !== null && !Array.isArray(metadata) && Object.values(metadata).every(isPrimitive);
  if (!flat || JSON.stringify(metadata).length > 4096) {
    throw new ConfigError(
      'invalid_option',
      'metadata',
      'metadata must be an object of strings, finite numbers, booleans and nulls, of at most 4096 characters of JSON',
    );
  }
  return Object.freeze({ ...metadata });
}

const isPrimitive = (value: unknown) =>
  value === null ||
  typeof value === 'string' ||
  typeof value === 'boolean' ||
  (typeof value === 'number' && Number.isFinite(value));
