import { group, type Recipe } from './case.ts';
import { claims, encode, hs, signed, token } from './forge.ts';

/** Row 12: other spellings of the same octets. Header and payload are signed as they stand: only the alphabet refuses them. */
type Respell = (segment: string) => string;

const SPELLINGS: Readonly<Record<string, Respell>> = {
  'a space inside': (text) => `${text.slice(0, 8)} ${text.slice(8)}`,
  'a space after': (text) => `${text} `,
  'a space before': (text) => ` ${text}`,
  'a line feed inside': (text) => `${text.slice(0, 8)}\n${text.slice(8)}`,
  'a line feed after': (text) => `${text}\n`,
  'CRLF after': (text) => `${text}\r\n`,
  'a tab inside': (text) => `${text.slice(0, 4)}\t${text.slice(4)}`,
  'NUL after': (text) => `${text}\0`,
  'NUL inside': (text) => `${text.slice(0, 4)}\0${text.slice(4)}`,
  '!': (text) => `${text.slice(0, 4)}!${text.slice(4)}`,
  'four !': (text) => `${text}!!!!`,
  emoji: (text) => `${text.slice(0, 4)}\u{1F511}${text.slice(4)}`,
  '=': (text) => `${text}=`,
  '==': (text) => `${text}==`,
  '= inside': (text) => `${text.slice(0, 4)}=${text.slice(4)}`,
  '+ for -': (text) => text.replaceAll('-', '+'),
  '/ for _': (text) => text.replaceAll('_', '/'),
  'a percent escape': (text) => text.replace('-', '%2D'),
  'a character beyond Latin-1': (text) => `${String.fromCharCode(text.charCodeAt(0) + 0x100)}${text.slice(1)}`,
  'a fullwidth character': (text) => `${String.fromCharCode(text.charCodeAt(0) + 0xfee0)}${text.slice(1)}`,
  'one character more': (text) => `${text}${'A'.repeat((5 - (text.length % 4)) % 4)}`,
  'stray bits': (text) => text.slice(0, -1) + ALPHABET.charAt(ALPHABET.indexOf(text.slice(-1)) + 1),
  'a byte order mark': (text) => `\uFEFF${text}`,
};

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';

/** JSON whose base64url has `-` and `_`, and bits to spare in its last character. */
function telling(object: object): string {
  for (let spaces = 0; ; spaces++) {
    const text = encode(`${JSON.stringify({ ...object, x: '\u00bf\u00bf>>>???~~~\u00fb\u00ff' })}${' '.repeat(spaces)}`);
    if (text.length % 4 === 3) return text;
  }
}

const header = telling({ alg: 'HS256', typ: 'JWT' });
const payload = telling(claims());

/** A MAC with `-` and `_` in it. */
function tellingMac(): readonly [string, string] {
  for (let tries = 0; ; tries++) {
    const input = `${header}.${encode(claims({ tries }))}`;
    const mac = encode(hs('sha256')(input));
    if (mac.includes('-') && mac.includes('_')) return [input, mac];
  }
}

const [input, mac] = tellingMac();

const recipes: readonly Recipe[] = Object.entries(SPELLINGS).flatMap(([name, respell]): Recipe[] => [
  { id: `header with ${name}`, row: 12, token: signed(`${respell(header)}.${payload}`), expect: { code: 'malformed' } },
  { id: `payload with ${name}`, row: 12, token: signed(`${header}.${respell(payload)}`), expect: { code: 'malformed' } },
  { id: `signature with ${name}`, row: 12, token: `${input}.${respell(mac)}`, expect: { code: 'malformed' } },
]);

const whole: readonly Recipe[] = [' ', '\n', '\0', '\t', '"', "'", '=', '#', '%20'].flatMap((extra): Recipe[] => [
  { id: `${JSON.stringify(extra)} after the token`, row: 12, token: `${token()}${extra}`, expect: { code: 'malformed' } },
  { id: `${JSON.stringify(extra)} before the token`, row: 12, token: `${extra}${token()}`, expect: { code: 'malformed' } },
]);

export const b64 = group('b64', [...recipes, ...whole]);
