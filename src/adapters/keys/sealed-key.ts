import { ConfigError } from '../../domain/errors.ts';
import { decodeBase64url, encodeBase64url } from '../../domain/jose/base64url.ts';

/** Seals private keys under a key of their own, so that who reads the store has none of them. */
export interface KeySealing {
  /** Binds the sealed text to its key's name, so that two cannot be exchanged. */
  seal(text: string, kid: string): Promise<string>;
  /** Throws where none of the sealing keys made it. */
  open(sealed: string, kid: string): Promise<string>;
}

/**
 * AES-256-GCM (NIST SP 800-38D) with a random 96-bit nonce each time. The first key seals, all of them open: put a new one in front to replace it.
 * Throws `ConfigError` for a key that is not 32 bytes.
 */
export function createKeySealing(keys: unknown): KeySealing {
  const list: readonly unknown[] = Array.isArray(keys) ? keys : [keys];
  const octets = list.map(parseSealingKey);
  const imported = octets.map((raw) => crypto.subtle.importKey('raw', raw, 'AES-GCM', false, ['encrypt', 'decrypt']));
  for (const pending of imported) pending.catch(() => undefined); // told to whoever seals

  return {
    async seal(text, kid) {
      const key = await imported[0];
      if (key === undefined) throw invalid();
      const iv = crypto.getRandomValues(new Uint8Array(NONCE_BYTES));
      const box = await crypto.subtle.encrypt({ name: 'AES-GCM', iv, additionalData: boundTo(kid) }, key, UTF8.encode(text));
      return encodeBase64url(Uint8Array.of(...iv, ...new Uint8Array(box)));
    },
    async open(sealed, kid) {
      const bytes = Uint8Array.from(decodeBase64url(sealed) ?? []);
      const [iv, box] = [bytes.subarray(0, NONCE_BYTES), bytes.subarray(NONCE_BYTES)];
      for (const pending of imported) {
        const key = await pending;
        try {
          return new TextDecoder().decode(
            await crypto.subtle.decrypt({ name: 'AES-GCM', iv, additionalData: boundTo(kid) }, key, box),
          );
        } catch {
          // another key's, or nobody's
        }
      }
      throw new Error('no sealingKey opens a stored key');
    },
  };
}

function parseSealingKey(key: unknown): Uint8Array<ArrayBuffer> {
  const octets = typeof key === 'string' ? decodeBase64url(key) : key;
  if (!(octets instanceof Uint8Array) || octets.length !== KEY_BYTES) throw invalid();
  return Uint8Array.from(octets);
}

function invalid(): ConfigError {
  return new ConfigError(
    'invalid_key',
    'sealingKey',
    'sealingKey must be 32 random bytes, as a Uint8Array or base64url, or a list of these',
  );
}

function boundTo(kid: string): Uint8Array<ArrayBuffer> {
  return UTF8.encode(`simplejwt keyring\0${kid}`);
}

const UTF8 = new TextEncoder();
const KEY_BYTES = 32;
const NONCE_BYTES = 12;
