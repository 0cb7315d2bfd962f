import { constants, createHmac, sign, type KeyObject } from 'node:crypto';
import { readRecording } from '../recording.ts';

export const NOW = 1_800_000_000;
export const SECRET = readRecording('simple-jwt').meta.signing_key_unless_settings_say_otherwise;

export type Claims = Readonly<Record<string, unknown>>;

let drawn = 0;
const newJti = (): string => (++drawn).toString(16).padStart(32, '0');

/** Claims of a good token but for the changes; one that is changed to undefined is left out. */
export const access = (changes: Claims = {}): Claims => claims({ token_type: 'access', exp: NOW + 300 }, changes);
export const refresh = (changes: Claims = {}): Claims => claims({ token_type: 'refresh', exp: NOW + 86_400 }, changes);
export const sliding = (changes: Claims = {}): Claims =>
  claims({ token_type: 'sliding', exp: NOW + 300 }, { refresh_exp: NOW + 86_400, ...changes });

function claims(own: Claims, changes: Claims): Claims {
  const all = { ...own, iat: NOW, jti: newJti(), user_id: '1', ...changes };
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined));
}

export interface Signing {
  /** Members of the header beside, or instead of, alg and typ. */
  readonly header?: Claims;
  readonly alg?: string;
  readonly key?: string | KeyObject;
}

export function signed(payload: Claims | string, { header = {}, alg = 'HS256', key = SECRET }: Signing = {}): string {
  return signedText(JSON.stringify({ alg, typ: 'JWT', ...header }), payload, { alg, key });
}

/** As `signed`, with the header as its text. */
export function signedText(
  header: string | Uint8Array,
  payload: Claims | string | Uint8Array,
  { alg = 'HS256', key = SECRET }: Omit<Signing, 'header'> = {},
): string {
  const text = typeof payload === 'string' || payload instanceof Uint8Array ? payload : JSON.stringify(payload);
  const input = `${base64url(header)}.${base64url(text)}`;
  return `${input}.${signatureOf(input, alg, key).toString('base64url')}`;
}

function signatureOf(input: string, alg: string, key: string | KeyObject): Buffer {
  const hash = alg === 'ES256K' ? 'sha256' : `sha${alg.slice(2)}`;
  const data = Buffer.from(input);
  if (alg.startsWith('HS')) return createHmac(hash, key).update(data).digest();
  if (alg === 'EdDSA') return sign(null, data, key);
  if (alg.startsWith('ES')) return sign(hash, data, { key: key as KeyObject, dsaEncoding: 'ieee-p1363' });
  if (alg.startsWith('RS')) return sign(hash, data, key);
  const padding = constants.RSA_PKCS1_PSS_PADDING;
  return sign(hash, data, { key: key as KeyObject, padding, saltLength: constants.RSA_PSS_SALTLEN_DIGEST });
}

const base64url = (content: string | Uint8Array): string => Buffer.from(content).toString('base64url');
