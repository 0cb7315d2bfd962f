/** The content of a request as it comes in, up to a bound: what is not declared is left off at the first chunk too many. */
export class BoundedContent {
  readonly #limitBytes: number;
  readonly #chunks: Uint8Array[] = [];
  #size = 0;

  constructor(limitBytes: number) {
    this.#limitBytes = limitBytes;
  }

  /** Takes a chunk, and answers false when it is one too many. */
  take(chunk: Uint8Array): boolean {
    this.#size += chunk.byteLength;
    this.#chunks.push(chunk);
    return this.#size <= this.#limitBytes;
  }

  /** All that was taken, in one piece. Nearly every body of these routes comes in a single chunk, which need not be copied. */
  joined(): Uint8Array {
    const [only] = this.#chunks;
    if (only !== undefined && this.#chunks.length === 1) return only;
    const content = new Uint8Array(this.#size);
    let offset = 0;
    for (const chunk of this.#chunks) {
      content.set(chunk, offset);
      offset += chunk.byteLength;
    }
    return content;
  }
}
