import { TokenError } from '../../../domain/errors.ts';

/** A reply that must be text: Buffers, or anything else an application's client makes of it, are not for this store. */
export function textOf(reply: unknown): string {
  if (typeof reply === 'string') return reply;
  throw unexpected('something else than text; the client must answer strings, as it does by default');
}

export function textOrNull(reply: unknown): string | null {
  return reply === null || reply === undefined ? null : textOf(reply);
}

export function listOf(reply: unknown): readonly unknown[] {
  if (Array.isArray(reply)) return reply;
  throw unexpected('something else than a list');
}

function unexpected(what: string): TokenError {
  return new TokenError('store_unavailable', { cause: new Error(`Redis answered ${what}`) });
}
