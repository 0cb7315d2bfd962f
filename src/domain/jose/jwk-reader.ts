import { decodeBase64url } from './base64url.ts';
import { invalidKey } from './invalid-key.ts';
import type { JsonObject } from './json-object.ts';

/** One JWK on its way in: reads its own members strictly. */
export class JwkReader {
  readonly option: string;
  readonly #jwk: JsonObject;
  readonly #partial: boolean;

  constructor(jwk: JsonObject, option: string, partial: boolean) {
    this.option = option;
    this.#jwk = jwk;
    this.#partial = partial;
  }

  has(name: string): boolean {
    return Object.hasOwn(this.#jwk, name) && this.#jwk[name] !== undefined;
  }

  text(name: string): string | undefined {
    return text(this.#jwk, name);
  }

  /** A private key that came from DER may lack all of its public members. */
  mayOmit(names: readonly string[], isPrivate: boolean): boolean {
    return this.#partial && isPrivate && !names.some((name) => this.has(name));
  }

  need(name: string, length?: number): Uint8Array {
    const octets = decodeBase64url(text(this.#jwk, name) ?? '');
    if (octets === undefined || octets.length === 0 || (length !== undefined && octets.length !== length)) {
      const size = length === undefined ? '' : ` of ${length} octets`;
      throw invalidKey(this.option, `must be a JWK with ${name} as base64url${size}, without padding`);
    }
    return octets;
  }
}

function text(jwk: JsonObject, name: string): string | undefined {
  const value = Object.hasOwn(jwk, name) ? jwk[name] : undefined;
  return typeof value === 'string' ? value : undefined;
}
