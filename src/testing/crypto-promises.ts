import { ConfigError } from '../domain/errors.ts';
import { ALGORITHMS, type Algorithm } from '../domain/jose/algorithms.ts';
import { asciiBytes, joinCompact } from '../domain/jose/compact.ts';
import type { KeyInput } from '../domain/jose/key-material.ts';
import type { KeyImporter, Signer, Verifier } from '../ports/crypto-provider.ts';
import { CRYPTO_VECTORS } from './crypto-vectors.ts';
import { derOfRaw } from './ecdsa-der.ts';

/** A key pair; for HMAC both are the secret. */
export interface ContractKeys {
  readonly privateKey: KeyInput;
  readonly publicKey: KeyInput;
}

/** One algorithm of one provider, ready to be asked. */
export interface Subject {
  readonly algorithm: Algorithm;
  readonly provider: KeyImporter;
  readonly keys: ContractKeys;
  readonly signer: Signer;
  readonly verifier: Verifier;
  /** Of another key of the same kind. */
  readonly stranger: Verifier;
  /** The right signature of DATA. */
  readonly signature: Uint8Array;
}

interface Promised {
  readonly title: string;
  /** Every algorithm, where it is absent. */
  readonly applies?: (algorithm: Algorithm) => boolean;
  readonly holds: (subject: Subject) => boolean | Promise<boolean>;
}

/** The table of what is asked of each algorithm. */
export const PROMISES: readonly Promised[] = [
  { title: 'verifies what it signed', holds: ({ verifier, signature }) => verifier.verify(DATA, signature) },
  {
    title: 'signs and verifies no octets at all',
    holds: async ({ signer, verifier }) => verifier.verify(NOTHING, await signer.sign(NOTHING)),
  },
  {
    title: 'says what it is bound to',
    holds: ({ signer, verifier, algorithm }) =>
      [signer, verifier].every((bound) => bound.algorithm === algorithm && bound.kid === 'contract'),
  },
  {
    title: 'answers at once where it says so',
    holds: ({ verifier, signature }) => verifier.synchronous !== true || verifier.verify(DATA, signature) === true,
  },
  {
    title: 'answers the same by its fast way for compact tokens, where it has one',
    async holds({ signer, verifier }) {
      const input = 'eyJhbGciOiJub25lIn0.e30';
      const token = joinCompact(input, await signer.sign(asciiBytes(input)));
      const { length } = input;
      const answers = [token, `${token}A`, token.slice(0, -1), `${token}=`, `f${token.slice(1)}`, `\u0165${token.slice(1)}`];
      const [good, ...bad] = answers.map((text) => verifier.verifyCompact?.(text, length));
      return (good ?? true) && bad.every((answer) => answer !== true);
    },
  },
  {
    title: 'verifies with the public half of a private key',
    holds: async ({ provider, algorithm, keys, signature }) =>
      (await provider.importVerifier({ algorithm, key: keys.privateKey })).verify(DATA, signature),
  },
  {
    title: 'refuses under another key',
    holds: async ({ stranger, signature }) => (await stranger.verify(DATA, signature)) === false,
  },
  {
    title: 'refuses other data',
    holds: async ({ verifier, signature }) => (await verifier.verify(flipped(DATA, 0), signature)) === false,
  },
  { title: 'refuses a signature with one bit flipped', holds: (subject) => refusesAll(subject, FLIPS) },
  { title: 'refuses a signature of another length', holds: (subject) => refusesAll(subject, LENGTHS) },
  { title: 'refuses signatures of zeros and of ones', holds: (subject) => refusesAll(subject, FILLS) },
  {
    title: 'refuses r and s in DER (RFC 7518 section 3.4)',
    applies: isEcdsa,
    holds: (subject) => refusesAll(subject, [derOfRaw]),
  },
  {
    title: 'refuses r or s of zero',
    applies: isEcdsa,
    holds: (subject) => refusesAll(subject, [(raw) => raw.fill(0, 0, raw.length / 2), (raw) => raw.fill(0, raw.length / 2)]),
  },
  {
    title: 'refuses a key of another type when it is imported',
    holds: ({ provider, algorithm }) => refusesImport(() => provider.importVerifier({ algorithm, key: foreignKey(algorithm) })),
  },
  {
    title: 'refuses to sign with a public key',
    applies: (algorithm) => ALGORITHMS.get(algorithm)?.kty !== 'oct',
    holds: ({ provider, algorithm, keys }) => refusesImport(() => provider.importSigner({ algorithm, key: keys.publicKey })),
  },
];

function isEcdsa(algorithm: Algorithm): boolean {
  return ALGORITHMS.get(algorithm)?.scheme === 'ecdsa';
}

/** A key of a published example whose type is another. */
function foreignKey(algorithm: Algorithm): KeyInput {
  const kty = ALGORITHMS.get(algorithm)?.kty;
  return CRYPTO_VECTORS.map(({ key }) => key).find((key) => key.kty !== kty) ?? {};
}

type Change = (signature: Uint8Array) => Uint8Array;

async function refusesAll({ verifier, signature }: Subject, changes: readonly Change[]): Promise<boolean> {
  for (const change of changes) {
    if ((await verifier.verify(DATA, change(signature.slice()))) !== false) return false;
  }
  return true;
}

async function refusesImport(attempt: () => unknown): Promise<boolean> {
  try {
    await attempt();
    return false;
  } catch (error) {
    return error instanceof ConfigError;
  }
}

function flipped(octets: Uint8Array, index: number): Uint8Array {
  return octets.map((octet, i) => (i === index ? octet ^ 1 : octet));
}

/** What is signed. */
export const DATA = new TextEncoder().encode('eyJhbGciOiJ0aGUgY29udHJhY3QifQ.e30');
export const NOTHING = new Uint8Array();

const FLIPS: readonly Change[] = [
  (signature) => flipped(signature, 0),
  (signature) => flipped(signature, signature.length >> 1),
  (signature) => flipped(signature, signature.length - 1),
];

const LENGTHS: readonly Change[] = [
  () => NOTHING,
  (signature) => signature.subarray(1),
  (signature) => signature.subarray(0, -1),
  (signature) => Uint8Array.of(...signature, 0),
  (signature) => Uint8Array.of(0, ...signature),
  (signature) => Uint8Array.of(...signature, ...signature),
];

const FILLS: readonly Change[] = [(signature) => signature.fill(0), (signature) => signature.fill(0xff)];
