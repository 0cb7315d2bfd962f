import { createSecretKey, randomBytes, type KeyObject } from 'node:crypto';
import { nodeCrypto } from '../../../src/adapters/crypto/node/provider.ts';
import { ALGORITHMS, type Algorithm, type AlgorithmRow } from '../../../src/domain/jose/algorithms.ts';
import { parseKey } from '../../../src/domain/jose/key-material.ts';
import type { ContractKeys } from '../../../src/testing/crypto-promises.ts';
import { ecPair, ed25519Pair, ed448Pair, rsaPair } from '../../key-pairs.ts';

/** A fresh key pair for an algorithm, made by node:crypto. RSA pairs come from a small stock: making one takes long. */
export function generateKeys(algorithm: Algorithm): ContractKeys {
  return GENERATORS[rowOf(algorithm).kty](rowOf(algorithm));
}

export function rowOf(algorithm: string): AlgorithmRow {
  const row = ALGORITHMS.get(algorithm);
  if (row === undefined) throw new Error(`no row ${algorithm}`);
  return row;
}

/** PKCS#8 of an ML-DSA seed (RFC 9881 section 6), which older typings of node:crypto do not know how to generate. */
export function mlDsaPem(name: string, seed: Uint8Array): string {
  const oid = { 'ML-DSA-44': '11', 'ML-DSA-65': '12', 'ML-DSA-87': '13' }[name] ?? '';
  const der = Buffer.concat([Buffer.from(`3034020100300b06096086480165030403${oid}04228020`, 'hex'), seed]);
  return `-----BEGIN PRIVATE KEY-----\n${der.toString('base64')}\n-----END PRIVATE KEY-----\n`;
}

/** SEC 1 without its optional public part, which node:crypto always writes. */
export function withoutPoint(key: KeyObject): string {
  const der = key.export({ format: 'der', type: 'sec1' });
  const coordinates = 2 * Buffer.from(String(key.export({ format: 'jwk' }).x), 'base64url').length;
  const tag = der.lastIndexOf(0xa1, -coordinates - 1); // the first octet of x may be the same
  const content = der.subarray(der[1] === 0x81 ? 3 : 2, tag);
  const body = Buffer.concat([
    content.length < 0x80 ? Buffer.of(0x30, content.length) : Buffer.of(0x30, 0x81, content.length),
    content,
  ]);
  return `-----BEGIN EC PRIVATE KEY-----\n${body.toString('base64')}\n-----END EC PRIVATE KEY-----`;
}

const GENERATORS: Readonly<Record<AlgorithmRow['kty'], (row: AlgorithmRow) => ContractKeys>> = {
  oct({ minimumKeyBits }) {
    const secret = createSecretKey(randomBytes(minimumKeyBits / 8));
    return { privateKey: secret, publicKey: secret };
  },
  RSA() {
    if (stock.length < 2) stock.push(rsaPair(2048));
    else stock.push(...stock.splice(0, 1));
    return stock[stock.length - 1] ?? rsaPair(2048);
  },
  EC: ({ curves: [namedCurve = 'P-256'] }) => ecPair(namedCurve),
  OKP: ({ curves: [curve] }) => (curve === 'Ed448' ? ed448Pair() : ed25519Pair()),
  AKP(row) {
    const privateKey = parseKey(mlDsaPem(row.name, randomBytes(32)), [row], 'key');
    return { privateKey, publicKey: nodeCrypto.publicKey(privateKey) };
  },
};

const stock: ContractKeys[] = [];
