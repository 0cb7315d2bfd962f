import type { Algorithm } from '../domain/jose/algorithms.ts';
import { decodeBase64url } from '../domain/jose/base64url.ts';
import type { KeyImporter } from '../ports/crypto-provider.ts';
import { DATA, NOTHING, PROMISES, type ContractKeys, type Subject } from './crypto-promises.ts';
import { CRYPTO_VECTORS, type CryptoVector } from './crypto-vectors.ts';

export interface CryptoContractOptions {
  readonly name: string;
  readonly provider: KeyImporter;
  /** The algorithms that the provider has on this runtime. */
  readonly algorithms: readonly Algorithm[];
  /** Makes a fresh key pair; is called twice for each algorithm. */
  readonly generateKeys: (algorithm: Algorithm) => ContractKeys | Promise<ContractKeys>;
  /** Of vitest, node:test, or whatever has the same two. */
  readonly describe: (name: string, body: () => void) => unknown;
  readonly it: (name: string, body: () => Promise<void>) => unknown;
}

/**
 * What every CryptoProvider promises, as a test suite for any runner: what it signs it verifies, published vectors are right, and
 * anything else is answered with false. `cryptoContract({ name, provider, algorithms, generateKeys, describe, it })` mounts it.
 */
export function cryptoContract({ name, provider, algorithms, generateKeys, describe, it }: CryptoContractOptions): void {
  describe(`${name} keeps the contract of a CryptoProvider`, () => {
    for (const algorithm of algorithms) {
      const subject = once(() => createSubject(provider, algorithm, generateKeys));
      for (const { title, applies, holds } of PROMISES) {
        if (applies?.(algorithm) === false) continue;
        it(`${algorithm}: ${title}`, async () => expectTrue(await holds(await subject()), `${algorithm}: ${title}`));
      }
    }
    for (const { source, algorithm, key, signingInput, signature } of CRYPTO_VECTORS.filter((row) => applies(row, algorithms))) {
      it(`${algorithm}: finds the signature of ${source} right`, async () => {
        const verifier = await provider.importVerifier({ algorithm, key });
        expectTrue(await verifier.verify(UTF8.encode(signingInput), decodeBase64url(signature) ?? NOTHING), source);
      });
    }
  });
}

/** EdDSA has two curves, of which a backend may have one: Ed448, by its other name, tells whether it has both. */
function applies({ algorithm, key }: CryptoVector, algorithms: readonly Algorithm[]): boolean {
  const isEd448 = 'crv' in key && key.crv === 'Ed448';
  return algorithms.includes(algorithm) && (!isEd448 || algorithms.includes('Ed448'));
}

async function createSubject(
  provider: KeyImporter,
  algorithm: Algorithm,
  generateKeys: CryptoContractOptions['generateKeys'],
): Promise<Subject> {
  const keys = await generateKeys(algorithm);
  const other = await generateKeys(algorithm);
  const signer = await provider.importSigner({ algorithm, key: keys.privateKey, kid: 'contract' });
  const verifier = await provider.importVerifier({ algorithm, key: keys.publicKey, kid: 'contract' });
  const stranger = await provider.importVerifier({ algorithm, key: other.publicKey });
  return { algorithm, provider, keys, signer, verifier, stranger, signature: await signer.sign(DATA) };
}

function once<T>(create: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined;
  return () => (made ??= create());
}

function expectTrue(held: boolean, promise: string): void {
  if (held !== true) throw new Error(`broken promise: ${promise}`);
}

const UTF8 = new TextEncoder();
