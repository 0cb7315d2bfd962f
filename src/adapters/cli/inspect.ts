import { DEFAULT_MAX_TOKEN_BYTES, parseAlgorithm } from '../../application/verification-options.ts';
import type { MaybePromise } from '../../application/maybe-promise.ts';
import { isNumericDate } from '../../domain/claims/numeric-date.ts';
import { ConfigError, TokenError } from '../../domain/errors.ts';
import { ALGORITHMS, type Algorithm } from '../../domain/jose/algorithms.ts';
import { decodeBase64url } from '../../domain/jose/base64url.ts';
import { splitCompact } from '../../domain/jose/compact.ts';
import { parseJsonObject, type JsonObject } from '../../domain/jose/json-object.ts';
import { parseKeys } from '../../domain/jose/key-list.ts';
import type { KeyMaterial } from '../../domain/jose/key-material.ts';
import { systemClock } from '../system-clock.ts';
import { UsageError, type Command, type Flags } from './command.ts';
import { inputLines } from './input-lines.ts';
import { instantText } from './instant.ts';
import { parseKeyFile, readKeyFile } from './key-file.ts';

export interface InspectCommandDeps {
  /** Checks the signature alone. */
  verifyCompact(
    token: string,
    options: { readonly algorithms: readonly Algorithm[]; readonly key: KeyMaterial },
  ): MaybePromise<unknown>;
}

/** `simplejwt inspect`: what tokens say, and whether a key at hand verifies them. It judges nothing: exit status 1 only for what is no token. */
export function inspectCommand({ verifyCompact }: InspectCommandDeps): Command {
  return {
    name: 'inspect',
    description: 'Reads a token a line on standard input and tells header, claims, times in words, and which key verifies it.',
    flags: FLAGS,
    async run(flags, { input, output }) {
      const [now, file] = [nowOf(flags), flags.value('key')];
      const octets = file === undefined ? undefined : await readKeyFile(file);
      let broken = false;
      for await (const lines of inputLines(input, DEFAULT_MAX_TOKEN_BYTES)) {
        for (const token of lines) {
          if (token.trim() === '') continue;
          const parts = partsOf(token);
          broken ||= parts === undefined;
          const rows =
            parts === undefined
              ? [['token', 'is no JWT in compact serialization']]
              : [
                  ['header', shown(parts.header)],
                  ['claims', shown(parts.claims)],
                  ...timesOf(parts.claims, now),
                  [
                    'key',
                    octets === undefined
                      ? 'not looked for: give --key FILE'
                      : await keyText(token, parts.header, octets, verifyCompact),
                  ],
                ];
          const text = rows.map(([name = '', said = '']) => `${name.padEnd(11)}${said}\n`).join('');
          if (!(await output.write(`${text}\n`))) return broken ? 1 : 0;
        }
      }
      return broken ? 1 : 0;
    },
  };
}

function partsOf(token: string): { readonly header: JsonObject; readonly claims: JsonObject } | undefined {
  const compact = splitCompact(token, DEFAULT_MAX_TOKEN_BYTES);
  if (!compact.ok) return undefined;
  const [header, claims] = [compact.protectedHeader, compact.payload].map((segment) => {
    const octets = decodeBase64url(segment);
    return octets && parseJsonObject(octets);
  });
  return header === undefined || claims === undefined ? undefined : { header, claims };
}

function timesOf(claims: JsonObject, now: number): string[][] {
  return TIMES.flatMap(([name, word]) => {
    const at = Object.hasOwn(claims, name) ? claims[name] : undefined;
    return at === undefined ? [] : [[word, isNumericDate(at) && at >= 0 ? instantText(at, now) : `${name} is no date`]];
  });
}

async function keyText(
  token: string,
  header: JsonObject,
  octets: Uint8Array,
  verifyCompact: InspectCommandDeps['verifyCompact'],
): Promise<string> {
  const alg = Object.hasOwn(header, 'alg') ? header['alg'] : undefined;
  if (typeof alg !== 'string' || !ALGORITHMS.has(alg)) return 'none: the algorithm is none that can be verified';
  const row = parseAlgorithm(alg, 'alg');
  try {
    const keys = parseKeys([parseKeyFile(octets, row)], [row], 'key');
    for (const [at, key] of keys.entries()) {
      const outcome = await tried(() => verifyCompact(token, { algorithms: [row.name], key }));
      if (outcome === 'ok') return `${nameOf(key, at, keys.length)} verifies it`;
      if (outcome !== 'signature' && outcome !== 'key_unknown')
        return `none: the token is refused before its signature (${outcome})`;
    }
    return keys.length === 1 ? 'the one in the file does not verify it' : `none of the ${keys.length} in the file verifies it`;
  } catch (error) {
    if (error instanceof ConfigError) return `the file has none for ${alg}`;
    throw error;
  }
}

async function tried(verify: () => MaybePromise<unknown>): Promise<string> {
  try {
    await verify();
    return 'ok';
  } catch (error) {
    if (error instanceof TokenError) return error.code;
    throw error;
  }
}

function nameOf({ kid }: KeyMaterial, at: number, count: number): string {
  if (kid !== undefined) return shown(kid);
  return count === 1 ? 'the one in the file' : `number ${at + 1} in the file`;
}

/** A token is anybody's words: nothing of it commands a terminal, or turns a line around. */
function shown(value: unknown): string {
  return JSON.stringify(value).replaceAll(COMMANDS, (sign) => `\\u${sign.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

function nowOf(flags: Flags): number {
  const now = flags.value('now');
  if (now === undefined) return systemClock();
  if (!/^\d{1,12}$/.test(now)) throw new UsageError('--now must be seconds since the epoch, such as 1767225600');
  return Number(now);
}

/** DEL and C1, and what sets the direction of text. JSON has escaped the rest. */
const COMMANDS = /[\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g;

const TIMES = [
  ['iat', 'issued'],
  ['nbf', 'valid from'],
  ['exp', 'expires'],
  ['refresh_exp', 'refreshes'],
] as const;

const FLAGS: Command['flags'] = new Map([
  ['key', { value: 'FILE', description: 'keys to try: a secret (HS*), PEM, JWK or JWK Set' }],
  ['now', { value: 'N', description: 'the time that times are told from, in seconds since the epoch (now)' }],
]);
