import { chain, type MaybePromise } from '../../application/maybe-promise.ts';
import { isKeySource } from '../../application/verification-options.ts';
import { ConfigError } from '../../domain/errors.ts';
import type { KeySource } from '../../ports/key-source.ts';

/** What a token's header says of its key. Anything else in it (`jku`, `x5u`, `jwk`) is never looked at. */
export interface ResolvableHeader {
  readonly alg: string;
  readonly kid?: string | undefined;
}

/** Chooses among sources that the application made. Undefined: there are no keys for this call. */
export type ResolveKeys = (header: ResolvableHeader, hint: unknown) => MaybePromise<KeySource | undefined>;

/**
 * A KeySource that asks the application whose keys are to be used, as where tenants have keys of their own. `hint` is what the caller passed with
 * this very call (`verify(token, { hint })`, or the `hint` of a service's context, from a host name or a route), never anything the token says: it
 * cannot choose a host. With another tenant's hint a token is one whose key is unknown. It cannot be combined with `verifiedTokenCache`, which knows
 * no tenants. Throws `ConfigError` for what is no function.
 */
export function resolveKeys(resolve: ResolveKeys): KeySource {
  if (typeof resolve !== 'function')
    throw new ConfigError('invalid_option', 'resolve', 'resolve must be a function (header, hint) => KeySource | undefined');
  return {
    candidates(hint, options = {}) {
      const { alg, kid } = hint;
      return chain(resolve({ alg, kid }, options.hint), (source) => {
        if (source === undefined) return [];
        // an address would be fetched from, and perhaps it came with the token
        if (!isKeySource(source))
          throw new TypeError('the resolver must answer a KeySource, such as remoteJwks(url) makes, or undefined');
        return source.candidates(hint, options);
      });
    },
  };
}
