export interface DownloadRequest {
  readonly fetch: typeof globalThis.fetch;
  readonly url: URL;
  readonly accept: string;
  /** The ETag of the copy at hand. */
  readonly etag?: string | undefined;
  readonly signal: AbortSignal;
}

export interface Download {
  /** Undefined: the copy at hand is still right (304). */
  readonly bytes: Uint8Array | undefined;
  readonly headers: Headers;
}

/**
 * One GET of a small document. Refuses redirects (whoever answers would choose the host), every status but 200 and the 304 it asked for, and
 * more than 512 KiB, counted as they come. When the signal ends it, it lets go of the connection.
 */
export async function download({ fetch, url, accept, etag, signal }: DownloadRequest): Promise<Download> {
  const response = await fetch(url, {
    signal,
    redirect: 'manual', // refused below: not every runtime has 'error'
    headers: { accept, ...(etag !== undefined && { 'if-none-match': etag }) },
  });
  const { body, headers, status } = response;
  const redirected = response.redirected || response.type === 'opaqueredirect';
  const unchanged = status === 304 && etag !== undefined;
  if (redirected || signal.aborted || status !== 200 || body === null) {
    body?.cancel().catch(() => undefined); // not waited for: who does not answer does not hold up either
    if (unchanged && !redirected && !signal.aborted) return { bytes: undefined, headers };
    throw new Error(redirected ? 'the server redirected the request' : `the server answered ${status}`);
  }
  return { bytes: await readBounded(body, signal), headers };
}

async function readBounded(body: ReadableStream<Uint8Array>, signal: AbortSignal): Promise<Uint8Array> {
  const reader = body.getReader();
  const letGo = () => void reader.cancel().catch(() => undefined);
  signal.addEventListener('abort', letGo, { once: true });
  const parts: Uint8Array[] = [];
  let length = 0;
  try {
    for (let part = await reader.read(); !part.done; part = await reader.read()) {
      length += part.value.length;
      if (length > MAX_BYTES) throw new Error(`the document is longer than ${MAX_BYTES} bytes`);
      parts.push(part.value);
    }
  } finally {
    signal.removeEventListener('abort', letGo);
    letGo();
  }
  const bytes = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

const MAX_BYTES = 512 * 1024;
