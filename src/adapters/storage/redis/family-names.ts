import type { NumericDate } from '../../../domain/claims/numeric-date.ts';
import type { FamilyId } from '../../../domain/token/token-id.ts';
import type { CallOptions } from '../../../ports/crypto-provider.ts';
import type { Commands } from './commands.ts';
import { textOf, textOrNull } from './replies.ts';
import { encodeId } from '../../../application/encode-id.ts';
import { NAME_FAMILY } from './scripts.ts';

/**
 * Families under their own names. An administrator ends a session by its id alone, and need not know whose it is: the name says it. A name of
 * nobody's is ended then and there, and nobody can take it any more.
 */
export class FamilyNames {
  readonly #commands: Commands;
  readonly #prefix: string;

  constructor(commands: Commands, prefix: string) {
    this.#commands = commands;
    this.#prefix = prefix;
  }

  /** Says whose a family is, for at least so long. */
  async introduce(
    family: FamilyId,
    owner: string,
    until: Until,
    options: CallOptions,
  ): Promise<'introduced' | 'ended' | 'foreign'> {
    const present = await this.#name(family, `o${owner}`, until, options);
    if (present === '' || present === `o${owner}`) return 'introduced';
    return present.startsWith('x') ? 'ended' : 'foreign';
  }

  /** Ends a family of nobody's; answers its owner where it has one. */
  async end(
    family: FamilyId,
    call: string,
    until: Until,
    options: CallOptions,
  ): Promise<'revoked' | 'already' | { owner: string }> {
    const present = await this.#name(family, `x${call}`, until, options);
    if (present.startsWith('o')) return { owner: present.slice(1) };
    return present === '' || present === `x${call}` ? 'revoked' : 'already';
  }

  /** What stands there: an owner, that it was ended, or nothing. */
  async find(family: FamilyId, options: CallOptions): Promise<{ owner: string } | 'ended' | undefined> {
    const key = this.#key(family);
    const present = await this.#commands.read(key, ['get', key], options, textOrNull);
    if (present === null) return undefined;
    return present.startsWith('x') ? 'ended' : { owner: present.slice(1) };
  }

  #name(family: FamilyId, value: string, { now, until }: Until, options: CallOptions): Promise<string> {
    const milliseconds = Math.min(Math.ceil((until - now + MARGIN_SECONDS) * 1000), LONGEST_MS);
    return this.#commands.run(NAME_FAMILY, this.#key(family), [NAME_FAMILY.pack({ milliseconds, value })], options, textOf);
  }

  #key(family: FamilyId): string {
    return `${this.#prefix}n:${encodeId(family)}`;
  }
}

export interface Until {
  readonly now: NumericDate;
  readonly until: NumericDate;
}

/** A clock that jumps by an hour loses nothing. */
const MARGIN_SECONDS = 3600;
/** What Redis can add to its own clock. */
const LONGEST_MS = 1e15;
