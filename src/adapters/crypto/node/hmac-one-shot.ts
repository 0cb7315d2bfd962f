import * as nodeCrypto from 'node:crypto';
import { endsWithSecret } from '../../../domain/constant-time.ts';
import { encodeText } from './encode-text.ts';
import type { Bound } from '../../../domain/jose/usable-key.ts';
import { hashOf } from './family.ts';
import { prefixViews, SCRATCH_TOKEN_LENGTH, SCRATCH_TOKEN_ROOM, scratchBuffer, type FastBuffer } from './scratch.ts';

/** An HMAC over compact tokens, by two one-shot hashes. */
export interface OneShotMac {
  /** Compact tokens with this header segment, from their payload text. Undefined for a text that is too long for this way. */
  sealer(header: string): (text: string) => string | undefined;
  /** Whether the text after `lastDot` is the encoded MAC of the text before it. Undefined for a token that is too long for this way. */
  verifies(token: string, lastDot: number): boolean | undefined;
}

/**
 * RFC 2104 to the letter, H(K ^ opad, H(K ^ ipad, text)), with the pads made once and OpenSSL's own hash: it costs half of `createHmac`, which sets
 * up a context for each MAC (`bench/pieces.mjs`). The pads are as secret as the key. Undefined where `crypto.hash` is missing (before
 * Node 20.12) and in FIPS mode, where only the validated HMAC will do.
 *
 * The MAC is compared in its encoded form, so that a token whose signature is padded, truncated or written another way is refused by the same
 * comparison, which looks at every character whatever it finds.
 */
export function createOneShotMac({ key, row }: Bound): OneShotMac | undefined {
  if (typeof nodeCrypto.hash !== 'function' || nodeCrypto.getFips() === 1) return undefined;
  const hash = hashOf(row) ?? '';
  const blockLength = row.hash === 'SHA-256' ? 64 : 128; // FIPS 180-4 section 1
  const secret = shortened(key.secret ?? new Uint8Array(), hash, blockLength);
  const inner = padded(secret, 0x36, blockLength, SCRATCH_TOKEN_ROOM);
  const outer = padded(secret, 0x5c, blockLength, row.signatureLength(key));
  const innerUpTo = prefixViews(inner);
  secret.fill(0);

  /** The MAC of padded text. Nothing may come between writing the text and this: the memory is shared by all calls. */
  function macOf(padded: Buffer): string {
    outer.latin1Write(nodeCrypto.hash(hash, padded, 'binary'), blockLength);
    return nodeCrypto.hash(hash, outer, 'base64url');
  }

  return {
    sealer(header) {
      const room = scratchBuffer(blockLength + SCRATCH_TOKEN_ROOM);
      const upTo = prefixViews(room);
      inner.copy(room, 0, 0, blockLength);
      const start = blockLength + room.latin1Write(`${header}.`, blockLength);
      return function seal(text) {
        const payload = encodeText(text);
        const end = start + payload.length;
        if (end > room.length) return undefined;
        room.latin1Write(payload, start);
        return `${header}.${payload}.${macOf(upTo(end))}`;
      };
    },
    verifies(token, lastDot) {
      if (token.length > SCRATCH_TOKEN_LENGTH) return undefined;
      // a foreign character takes more than one octet: then the token is not ASCII
      if (inner.utf8Write(token, blockLength) !== token.length) return false;
      return endsWithSecret(token, lastDot + 1, macOf(innerUpTo(blockLength + lastDot)));
    },
  };
}

/** RFC 2104 section 2: a key longer than a block is hashed first. */
function shortened(secret: Uint8Array, hash: string, blockLength: number): Uint8Array {
  return secret.length > blockLength ? nodeCrypto.createHash(hash).update(secret).digest() : secret;
}

function padded(secret: Uint8Array, pad: number, blockLength: number, room: number): FastBuffer {
  const buffer = scratchBuffer(blockLength + room);
  for (let index = 0; index < blockLength; index++) buffer[index] = (secret[index] ?? 0) ^ pad;
  return buffer;
}
