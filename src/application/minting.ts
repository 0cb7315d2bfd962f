import { claimOf, type ClaimsSet } from '../domain/claims/claims-set.ts';
import type { NumericDate } from '../domain/claims/numeric-date.ts';
import { ConfigError } from '../domain/errors.ts';
import { carriedClaims, libraryClaims, mint, withoutPrivateClaims } from '../domain/token/mint.ts';
import { retainUntil } from '../domain/token/retention.ts';
import { slidingExpiry } from '../domain/token/sliding.ts';
import { parseFamilyId, type FamilyId, type Jti } from '../domain/token/token-id.ts';
import { TOKEN_TYPES, type TokenType } from '../domain/token/token-type.ts';
import type { CryptoProvider } from '../ports/crypto-provider.ts';
import type { NewToken } from '../ports/rotation-store.ts';
import type { CallContext, User } from '../ports/user-repository.ts';
import type { TokenConfig } from './config.ts';
import { createIdentifiers } from './identifiers.ts';
import { chain, type MaybePromise } from './maybe-promise.ts';
import type { UserGate } from './user-gate.ts';

/** Claims ready to be sealed, and the token as stores will know it. */
export interface Minted {
  readonly claims: ClaimsSet;
  readonly token: NewToken;
}

export interface MintedExchange {
  readonly successor: Minted | undefined;
  readonly access: Minted;
}

/** Identifier and times of a token: drawn anew, or those of one that exists already. */
export type TokenStamp = Pick<NewToken, 'jti' | 'iat' | 'exp'>;

export interface Minting {
  /** 128 random bits in hex. */
  identifier(): string;
  family(): FamilyId;
  /** When a family that starts now ends; undefined where families are not written, or live for ever. */
  familyEnd(now: NumericDate): NumericDate | undefined;
  refreshFor(user: User, start: SessionStart): MaybePromise<Minted>;
  slidingFor(user: User, start: SessionStart): MaybePromise<Minted>;
  /** The access token that goes with a refresh token just minted. */
  accessFrom(refresh: ClaimsSet, user: User, start: SessionStart): MaybePromise<Minted>;
  /** What a refresh token is exchanged for: an access token and, when rotating, its successor. */
  exchangeFor(refresh: ClaimsSet, user: User, now: NumericDate, context: CallContext): MaybePromise<MintedExchange>;
  /** The successor of a refresh token that exists already, by its `stamp`. */
  successorOf(refresh: ClaimsSet, user: User, context: CallContext, stamp: TokenStamp): MaybePromise<Minted>;
  /** The same sliding token with a later `exp`. */
  renewalOf(
    sliding: ClaimsSet,
    jti: Jti,
    refreshExp: NumericDate,
    user: User,
    now: NumericDate,
    context: CallContext,
  ): MaybePromise<Minted>;
}

export interface SessionStart {
  readonly family: FamilyId;
  readonly now: NumericDate;
  readonly context: CallContext;
  /** Private claims given with this call alone. */
  readonly claims: ClaimsSet;
}

export interface MintingDeps {
  readonly config: TokenConfig;
  readonly crypto: Pick<CryptoProvider, 'randomBytes'>;
  readonly gate: UserGate;
  readonly leewaySeconds: number;
}

export function createMinting({ config, crypto, gate, leewaySeconds }: MintingDeps): Minting {
  const { names } = config;
  const reserved = libraryClaims(names);
  const withoutPrivate = withoutPrivateClaims(names);
  const carriedOn = carriedClaims(names);
  // what does not check the family on each use does not name it
  const checksFamily = config.tokenFamilyEnabled && config.tokenFamilyCheckOnAccess;
  const carriedByAccess =
    config.tokenFamilyEnabled && !checksFamily ? carriedClaims(names, names.family, names.familyExp) : carriedOn;
  const identifier = createIdentifiers((length) => crypto.randomBytes(length));
  const stampAt = (now: NumericDate, lifetime: number): TokenStamp => ({
    jti: identifier() as Jti,
    iat: now,
    exp: now + lifetime,
  });

  function minted(type: TokenType, { jti, iat, exp }: TokenStamp, carried: ClaimsSet, usableUntil = exp): Minted {
    return {
      claims: mint({ type, names, jti, iat, exp, carried }),
      token: { jti, iat, exp: usableUntil, retainUntil: retainUntil(usableUntil, leewaySeconds) },
    };
  }

  function userClaims(user: User): MaybePromise<ClaimsSet> {
    return chain(gate.fingerprintOf(user), (fingerprint) => ({
      [names.user]: gate.idOf(user),
      ...(fingerprint !== undefined && { [names.fingerprint]: fingerprint }),
    }));
  }

  /** The claims hook's answer; undefined without a hook. */
  function privateClaims(user: User, { name: tokenType }: TokenType, context: CallContext): MaybePromise<ClaimsSet | undefined> {
    return config.claims === undefined ? undefined : chain(config.claims(user, { ...context, tokenType }), checked);
  }

  /** A function among them would be called by JSON, and could write what it likes. */
  function checked(claims: ClaimsSet): ClaimsSet {
    const given: unknown = claims;
    const plain = typeof given === 'object' && given !== null && !Array.isArray(given);
    if (!plain || Object.values(given).some((value) => typeof value === 'function')) {
      throw new ConfigError('invalid_option', 'claims', 'claims must be a plain object of values that JSON can hold');
    }
    for (const name of Object.keys(claims)) {
      if (!reserved.has(name)) continue;
      throw new ConfigError('reserved_claim', 'claims', `claims must not hold ${name}: the library writes it`);
    }
    return claims;
  }

  /** What a token hands on, its private claims replaced by the hook's where there is one. */
  function handedOn(claims: ClaimsSet, type: TokenType, user: User, context: CallContext): MaybePromise<ClaimsSet> {
    return chain(privateClaims(user, type, context), (fresh) =>
      fresh === undefined ? claims : { ...withoutPrivate(claims), ...fresh },
    );
  }

  /** The family as claims of a refresh token; the session claim stands in where families are not written. */
  function familyClaims(family: FamilyId, now: NumericDate): ClaimsSet {
    if (!config.tokenFamilyEnabled) return config.checkAccessRevocation ? { [names.session]: family } : {};
    const end = familyEnd(now);
    return { [names.family]: family, ...(end !== undefined && { [names.familyExp]: end }) };
  }

  function familyEnd(now: NumericDate): NumericDate | undefined {
    const { tokenFamilyEnabled, tokenFamilyLifetime } = config;
    return tokenFamilyEnabled && tokenFamilyLifetime !== null ? now + tokenFamilyLifetime : undefined;
  }

  const familyOf = (refresh: ClaimsSet) =>
    parseFamilyId(claimOf(refresh, config.tokenFamilyEnabled ? names.family : names.session));

  /** The session by which an access token is found revoked, where it names no family. */
  function sessionClaims(family: FamilyId | undefined): ClaimsSet | undefined {
    return config.checkAccessRevocation && !checksFamily && family !== undefined ? { [names.session]: family } : undefined;
  }

  function accessOf(handed: ClaimsSet, further: ClaimsSet | undefined, user: User, now: NumericDate, context: CallContext) {
    return chain(handedOn(handed, TOKEN_TYPES.access, user, context), (carried) =>
      minted(
        TOKEN_TYPES.access,
        stampAt(now, config.accessTokenLifetime),
        further === undefined ? carried : { ...carried, ...further },
      ),
    );
  }

  function refreshOf(handed: ClaimsSet, stamp: TokenStamp, user: User, context: CallContext): MaybePromise<Minted> {
    return chain(handedOn(handed, TOKEN_TYPES.refresh, user, context), (carried) => minted(TOKEN_TYPES.refresh, stamp, carried));
  }

  return {
    identifier,
    family: () => identifier() as FamilyId,
    familyEnd,
    async refreshFor(user, { family, now, context, claims }) {
      const type = TOKEN_TYPES.refresh;
      const carried = {
        ...(await userClaims(user)),
        ...familyClaims(family, now),
        ...checked(claims),
        ...(await privateClaims(user, type, context)),
      };
      return minted(type, stampAt(now, config.refreshTokenLifetime), carried);
    },
    async slidingFor(user, { now, context, claims }) {
      const type = TOKEN_TYPES.sliding;
      const refreshExp = now + config.slidingTokenRefreshLifetime;
      const stamp = { jti: identifier() as Jti, iat: now, exp: slidingExpiry(now, config.slidingTokenLifetime, refreshExp) };
      const carried = {
        [names.refreshExp]: refreshExp,
        ...(await userClaims(user)),
        ...checked(claims),
        ...(await privateClaims(user, type, context)),
      };
      return minted(type, stamp, carried, refreshExp);
    },
    accessFrom(refresh, user, { now, context, claims, family }) {
      return accessOf(carriedByAccess(refresh), { ...sessionClaims(family), ...claims }, user, now, context);
    },
    exchangeFor(refresh, user, now, context) {
      const carried = carriedOn(refresh);
      const byAccess = carriedByAccess === carriedOn ? carried : carriedByAccess(refresh);
      const further = sessionClaims(familyOf(refresh));
      const successor = config.rotateRefreshTokens
        ? refreshOf(carried, stampAt(now, config.refreshTokenLifetime), user, context)
        : undefined;
      return chain(successor, (next) =>
        chain(accessOf(byAccess, further, user, now, context), (access) => ({ successor: next, access })),
      );
    },
    successorOf: (refresh, user, context, stamp) => refreshOf(carriedOn(refresh), stamp, user, context),
    renewalOf(sliding, jti, refreshExp, user, now, context) {
      const exp = slidingExpiry(now, config.slidingTokenLifetime, refreshExp);
      return chain(handedOn(carriedOn(sliding), TOKEN_TYPES.sliding, user, context), (carried) =>
        minted(TOKEN_TYPES.sliding, { jti, iat: now, exp }, carried, refreshExp),
      );
    },
  };
}
