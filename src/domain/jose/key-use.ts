import { ConfigError, type ConfigErrorCode } from '../errors.ts';
import { ALGORITHMS, type AlgorithmRow } from './algorithms.ts';
import type { KeyMaterial } from './key-material.ts';

/** What a key is wanted for. */
export type KeyPurpose = 'sign' | 'verify';

/**
 * Throws a `ConfigError` unless the key may serve this algorithm for this purpose: type, curve and size as RFC 7518 asks, and what the
 * key says about itself in `alg`, `use` and `key_ops` (RFC 7517 section 4).
 */
export function assertUsable(key: KeyMaterial, row: AlgorithmRow, purpose: KeyPurpose, option: string): void {
  const broken = firstBroken(key, row, purpose);
  if (broken !== undefined) throw new ConfigError(broken.code, option, `${option} ${broken.complaint(row, purpose)}.`);
}

/** The same question, answered. */
export function isUsable(key: KeyMaterial, row: AlgorithmRow, purpose: KeyPurpose): boolean {
  return firstBroken(key, row, purpose) === undefined;
}

interface Rule {
  readonly code: ConfigErrorCode;
  readonly holds: (key: KeyMaterial, row: AlgorithmRow, purpose: KeyPurpose) => boolean;
  readonly complaint: (row: AlgorithmRow, purpose: KeyPurpose) => string;
}

function firstBroken(key: KeyMaterial, row: AlgorithmRow, purpose: KeyPurpose): Rule | undefined {
  return RULES.find(({ holds }) => !holds(key, row, purpose));
}

/** RFC 7517 section 4.4. RFC 9864 gave EdDSA a second name for each curve: a key serves under both. */
function namesAlgorithm({ alg, crv }: KeyMaterial, row: AlgorithmRow): boolean {
  if (alg === undefined || alg === row.name) return true;
  const other = ALGORITHMS.get(alg);
  return crv !== undefined && other?.scheme === row.scheme && other.curves.some((curve) => curve === crv);
}

/** RFC 7517 section 4.3. Who holds a private key that may sign holds the public half that verifies. */
function allows({ keyOps, kty, isPrivate }: KeyMaterial, purpose: KeyPurpose): boolean {
  return keyOps === undefined || keyOps.includes(purpose) || (isPrivate && kty !== 'oct' && keyOps.includes('sign'));
}

function keyBits(key: KeyMaterial): number {
  return key.modulusBits ?? (key.secret?.length ?? 0) * 8;
}

const RULES: readonly Rule[] = [
  {
    code: 'key_mismatch',
    holds: (key, row) => key.kty === row.kty,
    complaint: ({ name, kty }) => `does not fit ${name}, which takes a key of type ${kty}: change the algorithm or the key`,
  },
  {
    code: 'key_mismatch',
    holds: ({ crv }, { curves }) => curves.length === 0 || curves.some((curve) => curve === crv),
    complaint: ({ name, curves }) =>
      `does not fit ${name}, which takes a key on ${curves.join(' or ')}: change the algorithm or the key`,
  },
  {
    code: 'key_mismatch',
    holds: ({ kty, jwk }, row) => kty !== 'AKP' || jwk?.['alg'] === row.name, // RFC 9964 section 3: alg is part of the key
    complaint: ({ name }) => `does not fit ${name}: change the algorithm or the key`,
  },
  {
    code: 'key_mismatch',
    holds: namesAlgorithm,
    complaint: ({ name }) => `says by its alg that it is not for ${name}: change the algorithm or the key`,
  },
  {
    code: 'key_mismatch',
    holds: ({ use }) => use === undefined || use === 'sig',
    complaint: () => 'says by its use that it is not for signatures: use a key whose use is sig',
  },
  {
    code: 'key_mismatch',
    holds: (key, _, purpose) => allows(key, purpose),
    complaint: (_, purpose) => `says by its key_ops that it may not ${purpose}: use a key whose key_ops include ${purpose}`,
  },
  {
    code: 'key_mismatch',
    holds: ({ isPrivate }, _, purpose) => purpose === 'verify' || isPrivate,
    complaint: () => 'is a public key, which cannot sign: use the private key',
  },
  {
    code: 'weak_key',
    holds: (key, { minimumKeyBits }) => minimumKeyBits === 0 || keyBits(key) >= minimumKeyBits,
    complaint: ({ name, minimumKeyBits }) =>
      `is too short for ${name}: RFC 7518 section 3 asks for at least ${minimumKeyBits} bits (${minimumKeyBits / 8} bytes)`,
  },
];
