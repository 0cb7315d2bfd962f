/**
 * A kind of token. The row answers for itself; a service's own kinds are further rows (`authTokenTypes: ['access', myType]`).
 */
export interface TokenType {
  /** The value of the token type claim. */
  readonly name: string;
  /** What Simple JWT calls it in the `messages` of a refusal. */
  readonly tokenClass: string;
  /** Whether each use asks the store if it was revoked. Other types ask only where family or access checks are switched on. */
  readonly revocable: boolean;
  /** Whether the type claim must say `name`. */
  readonly typed: boolean;
  /** Whether it can be renewed after `exp`, until its `refresh_exp`. */
  readonly renewable: boolean;
}

/** The row of a type, frozen: what a token must be is not to change under a service. */
const row = <const Row extends TokenType>(type: Row): Readonly<Row> => Object.freeze(type);

export const TOKEN_TYPES = Object.freeze({
  access: row({ name: 'access', tokenClass: 'AccessToken', revocable: false, typed: true, renewable: false }),
  refresh: row({ name: 'refresh', tokenClass: 'RefreshToken', revocable: true, typed: true, renewable: false }),
  sliding: row({ name: 'sliding', tokenClass: 'SlidingToken', revocable: true, typed: true, renewable: true }),
  /** Stands for any type, as when verifying. */
  untyped: row({ name: 'untyped', tokenClass: 'UntypedToken', revocable: true, typed: false, renewable: false }),
});
