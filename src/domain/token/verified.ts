import type { ClaimsSet } from '../claims/claims-set.ts';

declare const verified: unique symbol;

/**
 * A value whose signature and claims have been checked. Only `application/token-codec.ts` makes one, so a use-case cannot be handed anything
 * else.
 */
export type Verified<T extends ClaimsSet = ClaimsSet> = T & { readonly [verified]: true };
