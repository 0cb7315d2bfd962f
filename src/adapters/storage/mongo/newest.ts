import type { NumericDate } from '../../../domain/claims/numeric-date.ts';
import type { FamilyId } from '../../../domain/token/token-id.ts';
import type { CallOptions } from '../../../ports/crypto-provider.ts';
import { encodeId } from '../../../application/encode-id.ts';
import type { TokenFact } from './documents.ts';
import type { Facts } from './facts.ts';

export interface Newest {
  readonly token: TokenFact;
  /** Whether any token of the family has had no fate yet. */
  readonly live: boolean;
}

/** The newest token of a family; it is also the one that most often lives, so the others are looked at only where it does not. */
export async function newestOf(
  facts: Facts,
  family: FamilyId,
  now: NumericDate,
  options: CallOptions,
): Promise<Newest | undefined> {
  const ofFamily = { family: encodeId(family), till: { $gt: now } };
  const [token] = (await facts.read(ofFamily, options, { sort: { made: -1 }, limit: 1 })) as readonly TokenFact[];
  if (token === undefined) return undefined;
  if (await anyLives(facts, [token], options)) return { token, live: true };
  const all = (await facts.read(ofFamily, options)) as readonly TokenFact[];
  return { token, live: await anyLives(facts, all, options) };
}

async function anyLives(facts: Facts, tokens: readonly TokenFact[], options: CallOptions): Promise<boolean> {
  const fates = await facts.read({ _id: { $in: tokens.map(({ jti }) => `x:${jti}`) } }, options);
  return fates.length < tokens.length;
}
