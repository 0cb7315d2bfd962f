import { ConfigError } from '../domain/errors.ts';
import type { Algorithm, AlgorithmRow } from '../domain/jose/algorithms.ts';
import type { JwkSet } from '../domain/jose/jwk.ts';
import { parseKey, type KeyInput, type KeyMaterial } from '../domain/jose/key-material.ts';
import { assertUsable } from '../domain/jose/key-use.ts';
import { publicJwk, publicMaterial, samePublicKey } from '../domain/jose/public-key.ts';
import type { CallOptions, CryptoProvider, Signer, Verifier } from '../ports/crypto-provider.ts';
import type { KeySource } from '../ports/key-source.ts';
import type { SigningKeys } from '../ports/signing-keys.ts';
import { assertAlgorithm, assertSignature, isSigner, SIGNER_DEADLINE_SECONDS } from './create-signer.ts';
import { within } from './deadline.ts';
import { isVerifier } from './jws-verifier.ts';
import { jwkThumbprint } from './jwk-thumbprint.ts';
import { chain, type MaybePromise } from './maybe-promise.ts';
import type { VerifierImporter } from './remembered-imports.ts';
import { keysInHand } from './verification-keys.ts';
import { isKeySource } from './verification-options.ts';

export interface ServiceKeyOptions {
  /** Signs new tokens: a secret, PEM, JWK, KeyObject, or a Signer. Left out by a service that only verifies. */
  readonly signingKey?: KeyInput | Signer | undefined;
  /** Verifies tokens; by default the signing key's public half. The signing key must be among them. */
  readonly verifyingKey?: KeyInput | JwkSet | Verifier | readonly (KeyInput | JwkSet | Verifier)[] | undefined;
  /** The key of the fingerprint, at least 32 bytes; needed where the signing key is not in hand. Default: derived from it. */
  readonly fingerprintKey?: string | Uint8Array | undefined;
  /** Further keys, such as another issuer's. A keyring signs too: its primary takes the place of `signingKey`. */
  readonly keys?: KeySource | undefined;
}

export interface ServiceKeys {
  /** Answers the Signer of this moment; undefined for a service that only verifies. */
  readonly signer: SignerSource | undefined;
  /** The signing key, where it is in hand. */
  readonly signingKey: KeyMaterial | undefined;
  readonly sources: readonly KeySource[];
  /** The public keys, for publishing. */
  publicJwks(): Promise<{ readonly keys: readonly Readonly<Record<string, unknown>>[] }>;
  /** For how long a copy of them may be kept. */
  keysMaxAgeSeconds(): Promise<number>;
  /** Rejects with what an asynchronous backend refuses. */
  ready(): Promise<void>;
}

export interface ServiceKeysDeps {
  readonly row: AlgorithmRow & { readonly name: Algorithm };
  readonly crypto: CryptoProvider;
  readonly importer: VerifierImporter;
  /** Where another issuer publishes its keys. */
  readonly remote: KeySource | undefined;
}

export type SignerSource = (caller: CallOptions) => MaybePromise<Signer>;

/** Reads a service's keys: kind, size, curve and algorithm are checked here, at once. Throws `ConfigError`. */
export function parseServiceKeys(
  { signingKey: signing, verifyingKey: verifying, keys }: Omit<ServiceKeyOptions, 'fingerprintKey'>,
  { row, crypto, importer, remote }: ServiceKeysDeps,
): ServiceKeys {
  if (keys !== undefined && !isKeySource(keys)) {
    throw new ConfigError(
      'invalid_option',
      'keys',
      'keys must be a KeySource, such as remoteJwks(url); keys in hand go into verifyingKey',
    );
  }
  const ring = isSigningKeys(keys) ? parseRing(keys, row, signing) : undefined;
  const signingKey = signing === undefined || isSigner(signing) ? undefined : parseSigningKey(signing, row);
  const published = signingKey === undefined || row.kty === 'oct' ? undefined : publicHalfOf(signingKey, crypto);
  const kid = published && chain(published, (key) => key.kid ?? jwkThumbprint(key, crypto));
  const signer = isSigner(signing) ? ownSigner(signing, row) : signingKey && importSigner(signingKey, kid);

  function importSigner(key: KeyMaterial, named: MaybePromise<string> | undefined): MaybePromise<Signer> {
    return chain<string | undefined, Signer>(named, (id) => crypto.importSigner({ algorithm: row.name, key, kid: id }));
  }

  const half = published ?? signingKey;
  // a key verifies its own tokens; one whose kid nobody gave ignores the kid of tokens, as Simple JWT does
  const own = verifying === undefined ? half : verifying;
  const inHand = own === undefined ? undefined : chain(own, (key) => keysInHand(key, [row], importer, 'verifyingKey'));
  const matched =
    inHand && half && verifying !== undefined
      ? chain(inHand, ({ keys: held }) => chain(half, (key) => assertPair(held, key)))
      : undefined;
  if (inHand === undefined && keys === undefined && remote === undefined) {
    throw new ConfigError('missing_option', 'signingKey', missingKeyText(row, signing));
  }
  for (const pending of [signer, inHand, matched, kid]) if (pending instanceof Promise) pending.catch(() => undefined); // told by ready()

  return {
    signer: ring === undefined ? signer && (() => signer) : ringSigner(ring, importSigner),
    signingKey,
    sources: [inHand && ((keys ?? remote) ? named(inHand, crypto) : sourceOf(inHand)), keys, remote].filter(
      (source) => source !== undefined,
    ),
    async publicJwks() {
      const verifiers = (await inHand)?.keys ?? [];
      const primary = published === undefined ? [] : [{ ...publicJwk(await published), kid: await kid, alg: row.name }];
      const others = await Promise.all(verifiers.filter((key) => key.kty !== 'oct').map((key) => publishedJwk(key, row, crypto)));
      const inRing = (await ring?.published())?.keys.map((key) => ({ ...publicJwk(key), alg: key.alg ?? row.name })) ?? [];
      const all: readonly Readonly<Record<string, unknown>>[] = [...primary, ...inRing, ...others];
      return { keys: all.filter((jwk, at) => all.findIndex((other) => other['kid'] === jwk['kid']) === at) };
    },
    async keysMaxAgeSeconds() {
      return (await ring?.published())?.maxAgeSeconds ?? STATIC_MAX_AGE_SECONDS;
    },
    async ready() {
      await Promise.all([signer, matched, kid, ring?.ready()]);
      const held = await inHand;
      await held?.ready();
      if (signer !== undefined && held !== undefined) await assertVerifies(await signer, held, importer);
    },
  };
}

function parseRing(ring: SigningKeys, row: ServiceKeysDeps['row'], signing: unknown): SigningKeys {
  if (ring.algorithm !== row.name)
    throw new ConfigError('key_mismatch', 'algorithm', `keys sign with ${ring.algorithm}; set algorithm to that`);
  if (signing === undefined) return ring;
  throw new ConfigError(
    'ambiguous_key',
    'signingKey',
    'signingKey and keys would both sign: make signingKey the initialKey of the keyring, and leave it out here',
  );
}

/** Imports each primary once. */
function ringSigner(
  ring: SigningKeys,
  importSigner: (key: KeyMaterial, kid: string | undefined) => MaybePromise<Signer>,
): SignerSource {
  let last: { readonly key: KeyMaterial; readonly signer: MaybePromise<Signer> } | undefined;
  return (caller) =>
    chain(ring.primary(caller), (key) => {
      if (last?.key === key) return last.signer;
      const signer = importSigner(key, key.kid);
      last = { key, signer };
      if (signer instanceof Promise) {
        signer.then(
          (ready) => (last?.key === key ? (last = { key, signer: ready }) : undefined),
          () => (last?.key === key ? (last = undefined) : undefined), // the next to sign tries again
        );
      }
      return signer;
    });
}

/** A token that outlived its key would be refused before its time. */
export function assertOverlap(keys: KeySource | undefined, longestSeconds: number): void {
  if (!isSigningKeys(keys) || keys.overlapSeconds >= longestSeconds) return;
  throw new ConfigError(
    'invalid_option',
    'keys',
    `keys must verify for as long as a token lives after its key has signed last: give the keyring an overlap of at least ${longestSeconds} seconds`,
  );
}

function isSigningKeys(keys: KeySource | undefined): keys is SigningKeys {
  return keys !== undefined && 'primary' in keys && typeof keys.primary === 'function';
}

function parseSigningKey(signing: KeyInput, row: AlgorithmRow): KeyMaterial {
  const key = parseKey(signing, [row], 'signingKey');
  assertUsable(key, row, 'sign', 'signingKey');
  return key;
}

function ownSigner(signer: Signer, row: ServiceKeysDeps['row']): Signer {
  assertAlgorithm(signer, row.name);
  return signer;
}

function publicHalfOf(key: KeyMaterial, crypto: CryptoProvider): MaybePromise<KeyMaterial> {
  return crypto.publicKey === undefined ? publicMaterial(key) : crypto.publicKey(key);
}

async function publishedJwk(key: KeyMaterial, { name }: AlgorithmRow, crypto: CryptoProvider) {
  return { ...publicJwk(key), kid: key.kid ?? (await jwkThumbprint(key, crypto)), alg: key.alg ?? name };
}

function assertPair(keys: readonly KeyMaterial[], publicHalf: KeyMaterial): void {
  if (keys.length === 0 || keys.some((key) => samePublicKey(key, publicHalf))) return;
  throw new ConfigError(
    'key_mismatch',
    'verifyingKey',
    'verifyingKey does not verify what signingKey signs; give the public half of signingKey, or leave it out',
  );
}

/** Signs once and verifies it: a Signer of one's own may answer another form of signature, or that of another key. */
async function assertVerifies(signer: Signer, held: HeldKeys, importer: VerifierImporter): Promise<void> {
  const { algorithm } = signer;
  const probe = new TextEncoder().encode('simplejwt');
  const deadline = { seconds: SIGNER_DEADLINE_SECONDS, caller: {}, code: 'signer_unavailable' } as const;
  const signature = await within(deadline, (options) => signer.sign(probe, options));
  assertSignature(signature, algorithm);
  for (const key of await held.candidates({ alg: algorithm })) {
    const verifier = isVerifier(key) ? key : await importer.importVerifier({ algorithm, key, kid: key.kid });
    if ((await verifier.verify(probe, signature)) === true) return;
  }
  throw new ConfigError(
    'key_mismatch',
    'verifyingKey',
    'verifyingKey does not verify what the Signer signs; give the public half of its key',
  );
}

function sourceOf(source: MaybePromise<KeySource>): KeySource {
  if (!(source instanceof Promise)) return source;
  return { fixed: true, candidates: async (hint, options) => (await source).candidates(hint, options) };
}

/** Beside other sources a key answers to its own kid alone, given or derived: other kids are for the others. */
function named(source: MaybePromise<HeldKeys>, crypto: CryptoProvider): KeySource {
  const kids = chain(source, ({ keys }) => Promise.all(keys.map(async (key) => key.kid ?? jwkThumbprint(key, crypto))));
  if (kids instanceof Promise) kids.catch(() => undefined); // told by ready()
  return {
    fixed: true,
    async candidates(hint, options) {
      const held = await source;
      return hint.kid === undefined || held.keys.length === 0 || (await kids).includes(hint.kid)
        ? held.candidates(hint, options)
        : [];
    },
  };
}

type HeldKeys = ReturnType<typeof keysInHand>;

function missingKeyText(row: AlgorithmRow, signing: unknown): string {
  if (signing !== undefined) return 'with a Signer of your own, verifyingKey must say how its signatures are verified';
  return row.kty === 'oct'
    ? `signingKey is missing: give a random secret of at least ${row.minimumKeyBits / 8} bytes`
    : `signingKey is missing: give a private key for ${row.name} (or verifyingKey or jwkUrl, to verify only)`;
}

/** Keys in hand change with a new release of the service. */
const STATIC_MAX_AGE_SECONDS = 300;
