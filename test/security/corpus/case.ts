import { inspect } from 'node:util';
import type { ConfigErrorCode, TokenErrorCode } from '../../../src/domain/errors.ts';
import { NOW, token } from './forge.ts';
import { SECRET } from './keys.ts';

/** A group of the catalogue; good tokens of every row are the group `ok`. */
export type Group =
  | 'none'
  | 'confusion'
  | 'resolver'
  | 'sig'
  | 'b64'
  | 'shape'
  | 'dos'
  | 'crit'
  | 'hdrkey'
  | 'kid'
  | 'jwkmeta'
  | 'claims-iss'
  | 'claims-aud'
  | 'claims'
  | 'claims-type'
  | 'maxage'
  | 'typ'
  | 'tokentype'
  | 'json'
  | 'options'
  | 'ok';

/** A refusal of the token, a refusal of the configuration (which counts as one of every token), or acceptance. */
export type Expected = { readonly ok: true } | { readonly code: TokenErrorCode } | { readonly configError: ConfigErrorCode };

/** Options of `createVerifier`, right or wrong. */
export type Options = Readonly<Record<string, unknown>>;

/** One row of the corpus. */
export interface SecurityCase {
  readonly id: string;
  readonly group: Group;
  /** Of the attack catalogue. */
  readonly row: number;
  readonly token: unknown;
  readonly options: Options;
  readonly expect: Expected;
  /** `claims`: the JWS itself is sound, so that `verifyCompact`, which reads no claims, accepts it. */
  readonly layer: 'jws' | 'claims';
}

export interface Recipe {
  readonly id: string;
  readonly row: number;
  /** Default: a good token. */
  readonly token?: unknown;
  /** Added to a verifier for HS256 on a fixed clock. */
  readonly options?: Options;
  readonly expect: Expected;
  readonly layer?: 'jws' | 'claims';
}

/** Completes recipes. */
export function group(name: Group, recipes: readonly Recipe[]): readonly SecurityCase[] {
  return recipes.map(({ id, row, expect, options, layer = layerOf(expect), ...rest }) => ({
    id: `${name}: ${id}`,
    group: name,
    row,
    token: 'token' in rest ? rest.token : token(),
    options: { algorithms: ['HS256'], key: SECRET, clock: () => NOW, ...options },
    expect,
    layer,
  }));
}

export const isGood = ({ expect }: Pick<SecurityCase, 'expect'>): boolean => 'ok' in expect;

/** A value as part of an id. */
export function label(value: unknown): string {
  const text = typeof value === 'string' ? JSON.stringify(value) : inspect(value, { breakLength: Number.POSITIVE_INFINITY });
  return text.length > 60 ? `${text.slice(0, 40)}... (${text.length})` : text;
}

function layerOf(expect: Expected): 'jws' | 'claims' {
  return 'code' in expect && CLAIMS_CODES.has(expect.code) ? 'claims' : 'jws';
}

const CLAIMS_CODES: ReadonlySet<TokenErrorCode> = new Set([
  'expired',
  'not_yet_valid',
  'claim_invalid',
  'claim_missing',
  'wrong_type',
]);
