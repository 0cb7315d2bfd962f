import type { AlgorithmRow } from '../../domain/jose/algorithms.ts';
import type { KeyMaterial } from '../../domain/jose/key-material.ts';
import type { Bound } from '../../domain/jose/usable-key.ts';

/** What Web Crypto calls an algorithm: where a key is imported, and where it is used. */
export interface Parameters {
  readonly import: ImportParameters;
  readonly use: { readonly name: string; readonly hash?: string; readonly saltLength?: number };
}

export interface ImportParameters {
  readonly name: string;
  readonly hash?: string;
  readonly namedCurve?: string;
}

export function parametersOf({ row, key }: Bound): Parameters {
  return PARAMETERS[row.scheme](row, key);
}

const PARAMETERS: Readonly<Record<AlgorithmRow['scheme'], (row: AlgorithmRow, key: KeyMaterial) => Parameters>> = {
  hmac: ({ hash = '' }) => ({ import: { name: 'HMAC', hash }, use: { name: 'HMAC' } }),
  'rsassa-pkcs1-v1_5': ({ hash = '' }) => ({
    import: { name: 'RSASSA-PKCS1-v1_5', hash },
    use: { name: 'RSASSA-PKCS1-v1_5' },
  }),
  'rsassa-pss': ({ hash = '', saltLength = 0 }) => ({
    import: { name: 'RSA-PSS', hash },
    use: { name: 'RSA-PSS', saltLength },
  }),
  ecdsa: ({ hash = '' }, { crv = '' }) => ({ import: { name: 'ECDSA', namedCurve: crv }, use: { name: 'ECDSA', hash } }),
  eddsa: (_, { crv = '' }) => ({ import: { name: crv }, use: { name: crv } }), // Web Crypto's names are those of the curves
  'ml-dsa': ({ name }) => ({ import: { name }, use: { name } }),
};
