import { chain, type MaybePromise } from '../../application/maybe-promise.ts';
import { answer } from './answers.ts';
import { mediaTypeOf } from './content-negotiation.ts';
import type { TokenHttpAnswer, TokenHttpRequest } from './exchange.ts';

/** The fields a body holds, not checked yet. Read them with `Object.hasOwn`: they are parsed JSON. */
export type BodyFields = Readonly<Record<string, unknown>>;

export type BodyOutcome =
  | { readonly ok: true; readonly fields: BodyFields }
  | { readonly ok: false; readonly answer: TokenHttpAnswer };

/**
 * The fields of a request's body: JSON, urlencoded or multipart. A body without content has none, whatever its type. What cannot be
 * read is answered as Django REST framework answers it, aside from a limit of 16 KiB.
 */
export function readBody(request: TokenHttpRequest): MaybePromise<BodyOutcome> {
  // what Content-Length declares is refused before a byte is read
  const declared = Number(request.header('content-length') ?? 0);
  if (declared > LIMIT_BYTES) return tooLarge();
  return chain(request.content(LIMIT_BYTES), (content) => (content === undefined ? tooLarge() : parseBody(content, request)));
}

function parseBody(content: Uint8Array, request: TokenHttpRequest): MaybePromise<BodyOutcome> {
  if (content.byteLength === 0) return { ok: true, fields: {} };
  const type = request.header('content-type') ?? 'text/plain';
  const parse = PARSERS.get(type) ?? PARSERS.get(mediaTypeOf(type));
  return parse === undefined ? refused(415, `Unsupported media type "${type}" in request.`) : parse(content, type);
}

/** RFC 8259 section 8.1: UTF-8, no byte order mark. Of two equal names the last wins: bodies are plain JSON, unlike tokens. */
function parseJson(content: Uint8Array): BodyOutcome {
  let text: string;
  try {
    text = STRICT_UTF8.decode(content);
  } catch {
    return refused(400, 'JSON parse error - The body is not UTF-8.');
  }
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return refused(400, 'JSON parse error - The body is not JSON.'); // the engine's own message would echo the input
  }
  if (value === null) return { ok: false, answer: answer(400, { non_field_errors: ['No data provided'] }) };
  if (typeof value === 'object' && !Array.isArray(value)) return { ok: true, fields: value as BodyFields };
  const message = `Invalid data. Expected a dictionary, but got ${pythonType(value, text)}.`;
  return { ok: false, answer: answer(400, { non_field_errors: [message] }) };
}

/** The names that Simple JWT's clients know. */
function pythonType(value: unknown, text: string): string {
  if (Array.isArray(value)) return 'list';
  if (typeof value === 'number') return /[.eE]/.test(text) ? 'float' : 'int';
  return typeof value === 'boolean' ? 'bool' : 'str';
}

function parseUrlencoded(content: Uint8Array): BodyOutcome {
  const text = UTF8.decode(content);
  return { ok: true, fields: Object.fromEntries(new URLSearchParams(text)) }; // of two equal names the last wins
}

/** RFC 7578, by the platform's own parser. A part that is a file stays a File, which no field takes. */
async function parseMultipart(content: Uint8Array, type: string): Promise<BodyOutcome> {
  if (!BOUNDARY.test(type)) return refused(400, 'Multipart form parse error - Invalid boundary in multipart: None');
  try {
    // oxlint-disable-next-line typescript/no-deprecated -- undici warns of large bodies: ours are at most 16 KiB
    const form = await new Response(Uint8Array.from(content), { headers: { 'Content-Type': type } }).formData();
    return { ok: true, fields: Object.fromEntries(form) };
  } catch {
    return refused(400, 'Multipart form parse error - The body is not a multipart form.');
  }
}

function tooLarge(): BodyOutcome {
  return refused(413, `The request body is larger than ${LIMIT_BYTES} bytes.`);
}

function refused(status: number, detail: string): BodyOutcome {
  return { ok: false, answer: answer(status, { detail }) };
}

type Parser = (content: Uint8Array, type: string) => MaybePromise<BodyOutcome>;

const PARSERS: ReadonlyMap<string, Parser> = new Map<string, Parser>([
  ['application/json', parseJson],
  ['application/x-www-form-urlencoded', parseUrlencoded],
  ['multipart/form-data', parseMultipart],
]);

/** The media types a body may have. */
export const BODY_TYPES: readonly string[] = [...PARSERS.keys()];

// to "ignore" a byte order mark is to keep it, so that JSON.parse refuses it
const STRICT_UTF8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
const UTF8 = new TextDecoder('utf-8', { ignoreBOM: true });
const BOUNDARY = /;\s*boundary=[^;]/i;
const LIMIT_BYTES = 16 * 1024;
