import type { KeyMaterial } from '../../../domain/jose/key-material.ts';

/** A curve of the JWA table: its keys as the octets that noble takes, and what noble does with them. */
export interface Curve {
  isSecret(secret: Uint8Array): boolean;
  isPoint(point: Uint8Array): boolean;
  /** The public key of a private one. */
  pointOf(secret: Uint8Array): Uint8Array;
  sign(data: Uint8Array, secret: Uint8Array): Uint8Array;
  /** Is given signatures of the right length only. */
  verify(signature: Uint8Array, data: Uint8Array, point: Uint8Array): boolean;
  /** The public key that the members of a JWK say. */
  pointIn(jwk: NonNullable<KeyMaterial['jwk']>): Uint8Array;
  /** The other way round. */
  membersOf(point: Uint8Array): Readonly<Record<string, string>>;
}
