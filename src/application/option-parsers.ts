import { parseDuration, type Duration } from '../domain/claims/numeric-date.ts';
import { ConfigError } from '../domain/errors.ts';
import { TOKEN_TYPES, type TokenType } from '../domain/token/token-type.ts';

/** Reads one option: its value (undefined when it was left out) and its name for the message. */
export type Parser<T> = (value: unknown, name: string) => T;

export type Parsed<Table extends Record<string, Parser<unknown>>> = { readonly [Name in keyof Table]: ReturnType<Table[Name]> };

export const duration =
  (fallback: Duration, bounds: { readonly minimum?: number; readonly maximum?: number } = {}): Parser<number> =>
  (value = fallback, name) =>
    parseDuration(value, name, bounds);

/** A time that may be a fraction of a second. */
export const seconds =
  (fallback: number): Parser<number> =>
  (value = fallback, name) =>
    typeof value === 'number' && Number.isFinite(value) && value > 0 && value < 1
      ? value
      : parseDuration(value, name, { maximum: 86_400 });

export const flag =
  (fallback: boolean): Parser<boolean> =>
  (value = fallback, name) => {
    if (typeof value !== 'boolean') throw new ConfigError('invalid_option', name, `${name} must be true or false`);
    return value;
  };

export const text =
  (fallback: string): Parser<string> =>
  (value = fallback, name) => {
    if (typeof value !== 'string' || value === '')
      throw new ConfigError('invalid_option', name, `${name} must be a non-empty string`);
    return value;
  };

/** The first choice is the default. */
export const oneOf =
  <const Choices extends readonly [string, ...string[]]>(...choices: Choices): Parser<Choices[number]> =>
  (value = choices[0], name) => {
    const choice = choices.find((one) => one === value);
    if (choice === undefined) throw new ConfigError('invalid_option', name, `${name} must be one of ${choices.join(', ')}`);
    return choice;
  };

/** Passed on as it is, to whoever can tell what is wrong with it. */
export const raw =
  <T>(): Parser<T> =>
  (value) =>
    value as T;

export const hook =
  <Hook>(): Parser<Hook | undefined> =>
  (value, name) => {
    if (value !== undefined && typeof value !== 'function')
      throw new ConfigError('invalid_option', name, `${name} must be a function`);
    return value as Hook | undefined;
  };

/** A token of HTTP (RFC 9110 section 5.6.2): a header name or an authentication scheme. */
export const token: Parser<string> = (value, name) => {
  if (typeof value !== 'string' || !/^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/.test(value)) {
    throw new ConfigError('invalid_option', name, `${name} must be a word such as Bearer or X-Access-Token, as HTTP allows it`);
  }
  return value;
};

/** One such word, or several. */
export const tokens: Parser<readonly string[]> = (value, name) => {
  const [first, ...others]: readonly unknown[] = [value].flat();
  return Object.freeze([first, ...others].map((word) => token(word, name)));
};

/** Rows of the token type table, by name or as a row of the application's own. */
export const rows =
  (fallback: readonly string[]): Parser<readonly TokenType[]> =>
  (value = fallback, name) => {
    if (!Array.isArray(value) || value.length === 0) {
      throw new ConfigError('invalid_option', name, `${name} must list token types, such as ['access']`);
    }
    return Object.freeze(value.map((one) => row(one, name)));
  };

function row(value: unknown, name: string): TokenType {
  const type = typeof value === 'string' ? BUILT_IN_TYPES.get(value) : value;
  if (!isTokenType(type)) {
    const own = '{ name, tokenClass, revocable, typed, renewable }';
    const message = `${name} may name ${[...BUILT_IN_TYPES.keys()].join(', ')}, or hold a TokenType of your own: ${own}`;
    throw new ConfigError('invalid_option', name, message);
  }
  const { tokenClass, revocable, typed, renewable } = type;
  return Object.freeze({ name: type.name, tokenClass, revocable, typed, renewable }); // a copy: what it demands is not to change
}

/** Complete, since a member left out would be a check left out. */
function isTokenType(value: unknown): value is TokenType {
  if (typeof value !== 'object' || value === null) return false;
  const texts = ['name', 'tokenClass'].map((member): unknown => Reflect.get(value, member));
  const flags = ['revocable', 'typed', 'renewable'].map((member): unknown => Reflect.get(value, member));
  return texts.every((text) => typeof text === 'string' && text !== '') && flags.every((flag) => typeof flag === 'boolean');
}

const BUILT_IN_TYPES: ReadonlyMap<string, TokenType> = new Map(Object.entries(TOKEN_TYPES));
