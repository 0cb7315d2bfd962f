import { decodeBase64url } from './base64url.ts';
import { invalidKey } from './invalid-key.ts';

/** One block of a PEM text (RFC 7468): its label and the octets between its lines. */
export interface PemBlock {
  readonly label: string;
  readonly der: Uint8Array;
}

/**
 * Takes the one key out of a PEM text. Text before, between and after blocks is explanatory (RFC 7468 section 2); of a certificate
 * chain the first certificate counts, and `EC PARAMETERS` (OpenSSL writes them before an EC key) are passed over. Throws a
 * `ConfigError` for anything else. Linear in the length of the text.
 */
export function parsePem(text: string, option: string): PemBlock {
  const blocks = [...pemBlocks(text, option)].filter(({ label }) => label !== 'EC PARAMETERS');
  const [block] = blocks;
  if (block === undefined) {
    throw invalidKey(option, 'must be PEM text (-----BEGIN PUBLIC KEY----- ...), a JWK or a KeyObject');
  }
  if (blocks.length > 1 && blocks.some(({ label }) => label !== 'CERTIFICATE')) {
    throw invalidKey(option, 'holds several PEM blocks: give one key, or a list of them');
  }
  return { label: block.label, der: decodeBody(block, option) };
}

/** Standard base64 (RFC 4648 section 4) with or without line breaks and padding; undefined where it is anything else. */
export function decodeBase64(text: string): Uint8Array | undefined {
  const body = text.replaceAll(/[ \t\r\n]/g, '').replace(/={1,2}$/, '');
  return FOREIGN.test(body) ? undefined : decodeBase64url(body.replaceAll('+', '-').replaceAll('/', '_'));
}

interface RawBlock {
  readonly label: string;
  readonly body: string;
}

/** Cuts with indexOf: a regular expression over text of somebody else's making could be made slow. */
function* pemBlocks(text: string, option: string): Generator<RawBlock> {
  let begin = text.indexOf(BEGIN);
  while (begin !== -1) {
    const labelEnd = text.indexOf(DASHES, begin + BEGIN.length);
    const label = text.slice(begin + BEGIN.length, labelEnd);
    const end = labelEnd === -1 ? -1 : text.indexOf(`-----END ${label}${DASHES}`, labelEnd);
    if (end === -1) throw invalidKey(option, 'is PEM text without the -----END ...----- line of its block');
    yield { label, body: text.slice(labelEnd + DASHES.length, end) };
    begin = text.indexOf(BEGIN, end);
  }
}

function decodeBody({ label, body }: RawBlock, option: string): Uint8Array {
  if (label === 'ENCRYPTED PRIVATE KEY' || body.includes('Proc-Type:')) {
    throw invalidKey(option, 'is encrypted: decrypt it first, or pass createPrivateKey({ key, passphrase }) of node:crypto');
  }
  if (body.includes('\\n')) {
    const remedy = String.raw`text.replaceAll('\\n', '\n')`;
    throw invalidKey(option, `has a backslash and an n where lines should break: use ${remedy}`);
  }
  const der = decodeBase64(body);
  if (der === undefined) throw invalidKey(option, 'is PEM text whose body is not base64: copy the key again');
  return der;
}

export const BEGIN = '-----BEGIN ';
const DASHES = '-----';
const FOREIGN = /[^A-Za-z0-9+/]/;
