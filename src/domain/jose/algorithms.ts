/**
 * The JWA table (RFC 7518, 8037, 8812, 9864, 9964). A row binds an algorithm to its key type, curve, hash, signature length and
 * smallest key, and answers for itself: shared code never switches on algorithm names. There is no row `none`.
 */
export interface AlgorithmRow {
  readonly name: string;
  /** RFC 7518 section 6.1, RFC 8037 section 2, RFC 9964 section 3. */
  readonly kty: 'oct' | 'RSA' | 'EC' | 'OKP' | 'AKP';
  readonly scheme: 'hmac' | 'rsassa-pkcs1-v1_5' | 'rsassa-pss' | 'ecdsa' | 'eddsa' | 'ml-dsa';
  /** The curves a key may have; exactly these. Empty where the key type has none. */
  readonly curves: readonly Curve[];
  /** The digest the algorithm applies first; undefined where the scheme hashes by itself. */
  readonly hash: 'SHA-256' | 'SHA-384' | 'SHA-512' | undefined;
  /** Smallest key in bits: HMAC secret (RFC 7518 section 3.2) or RSA modulus (sections 3.3 and 3.5). */
  readonly minimumKeyBits: number;
  /** Length in bytes of a signature made with this key. */
  readonly signatureLength: (key: SignatureSize) => number;
  /** Octets of PSS salt: the hash length (RFC 7518 section 3.5). */
  readonly saltLength?: number;
  /** Whether a check costs so much more than reading the claims that these are looked at first, to refuse. */
  readonly dear: boolean;
}

export type Curve = 'P-256' | 'P-384' | 'P-521' | 'secp256k1' | 'Ed25519' | 'Ed448';

interface SignatureSize {
  readonly modulusBits?: number | undefined;
  readonly crv?: string | undefined;
}

const hmac = <Name extends string>(name: Name, hash: 'SHA-256' | 'SHA-384' | 'SHA-512', bytes: number) =>
  ({
    name,
    kty: 'oct',
    scheme: 'hmac',
    curves: [],
    hash,
    minimumKeyBits: bytes * 8,
    signatureLength: () => bytes,
    dear: false,
  }) as const;

const rsa = <Name extends string>(
  name: Name,
  scheme: 'rsassa-pkcs1-v1_5' | 'rsassa-pss',
  hash: 'SHA-256' | 'SHA-384' | 'SHA-512',
  saltLength: number,
) =>
  ({
    name,
    kty: 'RSA',
    scheme,
    curves: [],
    hash,
    minimumKeyBits: 2048,
    signatureLength: ({ modulusBits = 0 }: SignatureSize) => Math.ceil(modulusBits / 8),
    saltLength,
    dear: true,
  }) as const;

const ecdsa = <Name extends string>(name: Name, curve: Curve, hash: 'SHA-256' | 'SHA-384' | 'SHA-512', bytes: number) =>
  ({
    name,
    kty: 'EC',
    scheme: 'ecdsa',
    curves: [curve],
    hash,
    minimumKeyBits: 0,
    signatureLength: () => bytes,
    dear: true,
  }) as const;

const eddsa = <Name extends string>(name: Name, ...curves: Curve[]) =>
  ({
    name,
    kty: 'OKP',
    scheme: 'eddsa',
    curves,
    hash: undefined,
    minimumKeyBits: 0,
    signatureLength: ({ crv }: SignatureSize) => (crv === 'Ed448' ? 114 : 64),
    dear: true,
  }) as const;

const mlDsa = <Name extends string>(name: Name, bytes: number) =>
  ({
    name,
    kty: 'AKP',
    scheme: 'ml-dsa',
    curves: [],
    hash: undefined,
    minimumKeyBits: 0,
    signatureLength: () => bytes,
    dear: true,
  }) as const;

const ROWS = [
  hmac('HS256', 'SHA-256', 32),
  hmac('HS384', 'SHA-384', 48),
  hmac('HS512', 'SHA-512', 64),
  rsa('RS256', 'rsassa-pkcs1-v1_5', 'SHA-256', 0),
  rsa('RS384', 'rsassa-pkcs1-v1_5', 'SHA-384', 0),
  rsa('RS512', 'rsassa-pkcs1-v1_5', 'SHA-512', 0),
  rsa('PS256', 'rsassa-pss', 'SHA-256', 32),
  rsa('PS384', 'rsassa-pss', 'SHA-384', 48),
  rsa('PS512', 'rsassa-pss', 'SHA-512', 64),
  ecdsa('ES256', 'P-256', 'SHA-256', 64),
  ecdsa('ES384', 'P-384', 'SHA-384', 96),
  ecdsa('ES512', 'P-521', 'SHA-512', 132),
  ecdsa('ES256K', 'secp256k1', 'SHA-256', 64), // RFC 8812 section 3.2
  eddsa('EdDSA', 'Ed25519', 'Ed448'), // RFC 8037; deprecated by RFC 9864, still verified
  eddsa('Ed25519', 'Ed25519'), // RFC 9864 section 2.2
  eddsa('Ed448', 'Ed448'),
  mlDsa('ML-DSA-44', 2420), // RFC 9964; FIPS 204 table 2
  mlDsa('ML-DSA-65', 3309),
  mlDsa('ML-DSA-87', 4627),
] as const satisfies readonly AlgorithmRow[];

/** The name of an algorithm of the table. */
export type Algorithm = (typeof ROWS)[number]['name'];

/** A Map, so that `__proto__` and `constructor` are not algorithms. */
export const ALGORITHMS: ReadonlyMap<string, AlgorithmRow & { readonly name: Algorithm }> = new Map(
  ROWS.map((row) => [row.name, row]),
);
