import type { Signer } from '../../../ports/crypto-provider.ts';
import { encodeText } from './encode-text.ts';
import { prefixViews, SCRATCH_TOKEN_LENGTH, SCRATCH_TOKEN_ROOM, scratchBuffer, type FastBuffer } from './scratch.ts';

/** A way to compact tokens over any way to sign octets: the signing input goes to memory that is there already, the signature is encoded natively. */
export function createCompactSealer(sign: (data: Uint8Array) => Uint8Array): NonNullable<Signer['compactSealer']> {
  return (header) =>
    function seal(text) {
      const signingInput = `${header}.${encodeText(text)}`;
      if (signingInput.length > SCRATCH_TOKEN_LENGTH) return undefined;
      const signature = sign(inputUpTo(input.latin1Write(signingInput, 0)));
      const octets = Buffer.from(signature.buffer, signature.byteOffset, signature.length) as FastBuffer;
      return `${signingInput}.${octets.base64urlSlice(0, signature.length)}`;
    };
}

/** One for all keys: nothing awaits between the write and the signature. */
const input = scratchBuffer(SCRATCH_TOKEN_ROOM);
const inputUpTo = prefixViews(input);
