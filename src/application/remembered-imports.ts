import type { Algorithm } from '../domain/jose/algorithms.ts';
import { KeyMaterial } from '../domain/jose/key-material.ts';
import type { KeyImporter, Verifier } from '../ports/crypto-provider.ts';
import type { MaybePromise } from './maybe-promise.ts';

export type VerifierImporter = Pick<KeyImporter, 'importVerifier' | 'decodeText' | 'encodeText'>;

/** Imports each key once for each algorithm, and forgets it with the key. A failed import is not remembered. */
export function rememberImports(importer: VerifierImporter): VerifierImporter {
  const remembered = new WeakMap<KeyMaterial, Map<Algorithm, MaybePromise<Verifier>>>();

  return {
    ...(importer.decodeText !== undefined && { decodeText: importer.decodeText }),
    ...(importer.encodeText !== undefined && { encodeText: importer.encodeText }),
    importVerifier(request) {
      const { key, algorithm } = request;
      if (!(key instanceof KeyMaterial)) return importer.importVerifier(request);
      const verifiers = remembered.get(key) ?? new Map<Algorithm, MaybePromise<Verifier>>();
      remembered.set(key, verifiers);
      const known = verifiers.get(algorithm);
      if (known !== undefined) return known;
      const made = importer.importVerifier(request);
      verifiers.set(algorithm, made);
      if (made instanceof Promise) {
        made.then(
          (verifier) => verifiers.set(algorithm, verifier),
          () => verifiers.delete(algorithm),
        );
      }
      return made;
    },
  };
}
