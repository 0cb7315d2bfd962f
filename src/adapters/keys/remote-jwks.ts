import { createCachedKeys, type FetchedKeys, type RemoteJwks } from './cached-keys.ts';
import { freshnessOf } from './document-freshness.ts';
import { download } from './download.ts';
import { parseJwksDocument } from './jwks-document.ts';
import { parseKeyUrl, parseRemoteOptions, type RemoteJwksOptions, type RemoteSettings } from './remote-options.ts';

/**
 * A KeySource over a JWK Set document (RFC 7517) on the web. One request is in flight at a time; a token with an unknown kid causes at most one
 * request per cooldown; a document is fetched again as its Cache-Control says, by its ETag where it has one. One that is out of reach or odd leaves
 * the old one in place until it is too stale, then the answer is `keys_unavailable` (503). Redirects, documents over 512 KiB or 100 keys, and
 * secrets in them are refused. Throws `ConfigError` for a URL that is not https, and for an option there is not.
 */
export function remoteJwks(url: string | URL, options: RemoteJwksOptions = {}): RemoteJwks {
  const settings = parseRemoteOptions(options);
  const target = parseKeyUrl(url, settings.insecure, 'jwkUrl');
  const fetchKeys = createKeyFetch(settings);
  return createCachedKeys({ ...settings, url: target.href, load: (signal) => fetchKeys(target, signal) });
}

/** Fetches one publisher's document again and again, and tells when nothing has changed. */
export function createKeyFetch(settings: RemoteSettings): (url: URL, signal: AbortSignal) => Promise<FetchedKeys> {
  const { fetch, cooldownSeconds, usualSeconds, mostSeconds, maxStaleSeconds } = settings;
  const bounds = { usualSeconds, mostSeconds, maxStaleSeconds, leastSeconds: cooldownSeconds };
  let copy:
    | (Pick<FetchedKeys, 'keys'> & { readonly from: string; readonly bytes: Uint8Array; readonly etag?: string })
    | undefined;

  return async function fetchKeys(url, signal) {
    const known = copy?.from === url.href ? copy : undefined;
    const { bytes = known?.bytes, headers } = await download({ fetch, url, accept: ACCEPT, etag: known?.etag, signal });
    if (bytes === undefined) throw new Error('the server confirmed a document that nobody has');
    const keys = known !== undefined && isSame(known.bytes, bytes) ? known.keys : parseJwksDocument(bytes);
    const etag = headers.get('etag') ?? (bytes === known?.bytes ? known.etag : undefined);
    copy = { keys, from: url.href, bytes, ...(etag !== undefined && etag.length <= MAX_ETAG_LENGTH && { etag }) };
    return { keys, ...freshnessOf(headers, bounds) };
  };
}

function isSame(a: Uint8Array, b: Uint8Array): boolean {
  return a === b || (a.length === b.length && a.every((octet, index) => octet === b[index]));
}

const ACCEPT = 'application/jwk-set+json, application/json';
const MAX_ETAG_LENGTH = 1024;
