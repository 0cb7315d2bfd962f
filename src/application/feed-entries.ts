import type { FeedEntry, Revocation } from '../ports/revocation-feed.ts';
import { encodeId } from './encode-id.ts';

/** Revocations as an entry of the stream has them: `f<family>,u<user>,t<token>`, with identifiers that hold no comma. */
export function textOfRevocations(revocations: readonly Revocation[]): string {
  return revocations.map(({ kind, id }) => `${LETTERS[kind]}${encodeId(id)}`).join(',');
}

/** What an entry tells: when it was published, and after that the revocations. What another release wrote and this one does not know counts for nothing. */
export function entriesOf(text: string): readonly FeedEntry[] {
  const [at, ...words] = text.split(',');
  return words.flatMap((word) => {
    const kind = KINDS.get(word.slice(0, 1));
    return kind === undefined ? [] : [{ kind, id: decodeId(word.slice(1)), at: Number(at) }];
  });
}

function decodeId(text: string): string {
  return text.includes('%') ? decodeURIComponent(text) : text;
}

const LETTERS = { token: 't', family: 'f', user: 'u' } as const satisfies Readonly<Record<Revocation['kind'], string>>;
const KINDS: ReadonlyMap<string, Revocation['kind']> = new Map([
  ['t', 'token'],
  ['f', 'family'],
  ['u', 'user'],
]);
