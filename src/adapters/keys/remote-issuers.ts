import { ownMembers } from '../../application/option-names.ts';
import { ConfigError } from '../../domain/errors.ts';
import { decodeBase64url } from '../../domain/jose/base64url.ts';
import { parseJsonObject } from '../../domain/jose/json-object.ts';
import type { CallOptions } from '../../ports/crypto-provider.ts';
import type { KeySource, VerificationKeys } from '../../ports/key-source.ts';
import { createCachedKeys, type RemoteJwks } from './cached-keys.ts';
import { download } from './download.ts';
import type { RemoteKeysStatus } from './remote-events.ts';
import { createKeyFetch } from './remote-jwks.ts';
import { parseKeyUrl, parseRemoteOptions, type RemoteJwksOptions, type RemoteSettings } from './remote-options.ts';

export interface RemoteIssuersOptions extends RemoteJwksOptions {
  /** Most issuers whose keys are kept at a time; the one used longest ago is forgotten first (100). */
  readonly maxIssuers?: number;
}

/** A KeySource over the keys of several issuers. */
export interface RemoteIssuers extends KeySource {
  /** Fetches the keys of these issuers (of all, without a list), for a start-up that wants to know. Rejects with `keys_unavailable`. */
  hydrate(options?: CallOptions & { readonly issuers?: readonly string[] }): Promise<void>;
  /** What is in hand, by issuer. */
  status(): ReadonlyMap<string, RemoteKeysStatus>;
}

/**
 * A KeySource over issuers that publish where their keys are (OpenID Connect Discovery 1.0 section 4). The list is all there is: a token's `iss`
 * chooses among its members, by exact comparison, and one that is not on it causes no request. Each issuer has its own cache, with the rules of
 * `remoteJwks`. Throws `ConfigError` for an issuer that is no https URL, and for an option there is not.
 */
export function remoteIssuers(issuers: readonly string[], options: RemoteIssuersOptions = {}): RemoteIssuers {
  const settings = parseRemoteOptions(options, ['maxIssuers']);
  const addresses = parseIssuers(issuers, settings.insecure);
  const maxIssuers = parseMaxIssuers(ownMembers(options).maxIssuers ?? 100);
  const sources = new Map<string, RemoteJwks>();
  let seen: { readonly revisions: readonly unknown[]; readonly told: object } | undefined;
  let closed = false;

  function sourceOf(issuer: string): RemoteJwks | undefined {
    const address = addresses.get(issuer);
    if (address === undefined || closed) return undefined;
    const source = sources.get(issuer) ?? createIssuerKeys(issuer, address, settings);
    sources.delete(issuer);
    sources.set(issuer, source); // the last is the one used last
    for (const oldest of sources.keys()) {
      if (sources.size <= maxIssuers) break;
      sources.delete(oldest); // not closed: somebody may be waiting for it, and it holds nothing else
    }
    return source;
  }

  return {
    candidates(hint, call): VerificationKeys | Promise<VerificationKeys> {
      const issuer = issuerOf(hint.payload ?? '');
      const source = issuer === undefined ? undefined : sourceOf(issuer);
      return source?.candidates(hint, call) ?? [];
    },
    revision() {
      const revisions = [...sources.values()].map((source) => source.revision?.());
      if (revisions.includes(undefined)) return undefined;
      const same = seen?.revisions.length === revisions.length && revisions.every((one, at) => one === seen?.revisions[at]);
      if (!same) seen = { revisions, told: {} };
      return seen?.told;
    },
    async hydrate({ signal, issuers: wanted = [...addresses.keys()] } = {}) {
      for (const issuer of wanted) {
        if (!addresses.has(issuer)) throw invalid('issuers', 'issuers must be on the list that remoteIssuers was given');
      }
      await Promise.all(wanted.map(async (issuer) => sourceOf(issuer)?.hydrate({ signal })));
    },
    status: () => new Map([...sources].map(([issuer, source]) => [issuer, source.status()])),
    close() {
      closed = true;
      for (const source of sources.values()) void source.close?.();
    },
  };
}

/** What a token says its issuer is, before anything about it is known to be true. */
function issuerOf(payload: string): string | undefined {
  const bytes = decodeBase64url(payload);
  const claims = bytes && parseJsonObject(bytes);
  const issuer = claims !== undefined && Object.hasOwn(claims, 'iss') ? claims['iss'] : undefined;
  return typeof issuer === 'string' ? issuer : undefined;
}

/** Where the keys are is asked again after an hour, and after each failure. */
function createIssuerKeys(issuer: string, address: URL, settings: RemoteSettings): RemoteJwks {
  const { elapsed } = settings;
  const fetchKeys = createKeyFetch(settings);
  let found: { readonly jwksUri: URL; readonly at: number } | undefined;
  return createCachedKeys({
    ...settings,
    url: address.href,
    async load(signal) {
      const known = found !== undefined && elapsed() - found.at < DISCOVERY_SECONDS ? found : undefined;
      found = undefined; // until the keys are there
      const jwksUri = known?.jwksUri ?? (await discover(issuer, address, settings, signal));
      const fetched = await fetchKeys(jwksUri, signal);
      found = known ?? { jwksUri, at: elapsed() };
      return fetched;
    },
  });
}

/** OpenID Connect Discovery 1.0 section 4.3: the document must name the very issuer it was asked for. */
async function discover(issuer: string, url: URL, { fetch, insecure }: RemoteSettings, signal: AbortSignal): Promise<URL> {
  const { bytes } = await download({ fetch, url, accept: 'application/json', signal });
  const document = bytes && parseJsonObject(bytes);
  if (document === undefined) throw new Error('the discovery document is not a JSON object');
  const member = (name: string) => (Object.hasOwn(document, name) ? document[name] : undefined);
  if (member('issuer') !== issuer) throw new Error('the discovery document is of another issuer');
  return parseKeyUrl(member('jwks_uri'), insecure, 'jwks_uri');
}

/** Each issuer with the address of its discovery document (section 4: a final slash of the issuer goes). */
function parseIssuers(issuers: unknown, insecure: boolean): ReadonlyMap<string, URL> {
  const list: readonly unknown[] = Array.isArray(issuers) ? issuers : [];
  if (list.length === 0) throw invalid('issuers', "issuers must be a list such as ['https://login.example']");
  return new Map(
    list.map((issuer) => {
      const url = parseKeyUrl(issuer, insecure, 'issuers');
      if (typeof issuer !== 'string' || url.search !== '' || url.hash !== '')
        throw invalid('issuers', 'issuers must be https URLs as text, without query and fragment');
      return [issuer, new URL(`${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`)];
    }),
  );
}

function parseMaxIssuers(value: unknown): number {
  if (typeof value === 'number' && Number.isInteger(value) && value >= 1 && value <= 10_000) return value;
  throw invalid('maxIssuers', 'maxIssuers must be a whole number from 1 to 10000');
}

function invalid(option: string, message: string): ConfigError {
  return new ConfigError('invalid_option', option, message);
}

const DISCOVERY_SECONDS = 3600;
