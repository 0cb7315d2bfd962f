import { inspect } from 'node:util';
import { nodeCrypto } from 'simplejwt/crypto/node';
import { ConfigError, createVerifier, TokenError, verifyCompact } from 'simplejwt/jws';
import { createCompactCheck } from '../../../src/adapters/crypto/node/compact-check.ts';
import { ALGORITHMS } from '../../../src/domain/jose/algorithms.ts';
import { parseKey } from '../../../src/domain/jose/key-material.ts';
import type { ImportRequest, SyncVerifier } from '../../../src/ports/crypto-provider.ts';
import { isGood, type Expected, type Options, type SecurityCase } from './case.ts';
import { MARKER } from './forge.ts';
import { GOOD_TOKENS } from './good-tokens.ts';
import { FORBIDDEN } from './keys.ts';

/** What became of a token: the expected answers, or an error that is none of the library's. */
export type Outcome = Expected | { readonly crash: unknown };

/** A way to present a token. `evidence` is everything the caller gets to see or log. */
export interface Door {
  readonly name: string;
  readonly present: (
    attempt: Pick<SecurityCase, 'token' | 'options'>,
  ) => Promise<{ readonly outcome: Outcome; readonly evidence: readonly unknown[] }>;
  /** `verifyCompact` reads no claims. */
  readonly layer: 'jws' | 'claims';
  /** Whether the very code is promised here; a provider that imports keys later refuses them later, as a token's key. */
  readonly exact: boolean;
}

export interface Verdict {
  readonly id: string;
  readonly good: boolean;
  readonly accepted: boolean;
  /** Empty when every door did what it must. */
  readonly complaints: readonly string[];
}

/** Presents a case at every door and says what went wrong. */
export async function judge(attempt: SecurityCase, doors: readonly Door[]): Promise<Verdict> {
  const complaints: string[] = [];
  let accepted = false;
  for (const door of doors) {
    const { outcome, evidence } = await door.present(attempt);
    const expected = door.layer === 'jws' && attempt.layer === 'claims' ? ({ ok: true } as const) : attempt.expect;
    if (door.layer === 'claims' && 'ok' in outcome) accepted = true;
    if (!agrees(expected, outcome, door.exact)) complaints.push(`${door.name}: expected ${show(expected)}, got ${show(outcome)}`);
    complaints.push(...leaks(evidence, attempt.token).map((leak) => `${door.name}: ${leak}`));
  }
  return { id: attempt.id, good: isGood(attempt), accepted, complaints };
}

function agrees(expected: Expected, outcome: Outcome, exact: boolean): boolean {
  if ('crash' in outcome) return false;
  return exact ? show(expected) === show(outcome) : 'ok' in expected === 'ok' in outcome;
}

function show(outcome: Outcome): string {
  if ('ok' in outcome) return 'acceptance';
  if ('crash' in outcome) return `a crash: ${inspect(outcome.crash)}`;
  return 'code' in outcome ? `TokenError ${outcome.code}` : `ConfigError ${outcome.configError}`;
}

/** What an error says, in every form that ends in a log, about what must not be in one. */
export function leaks(evidence: readonly unknown[], token: unknown): readonly string[] {
  const forbidden = [MARKER, ...FORBIDDEN, ...partsOf(token)];
  return evidence.flatMap((thing) => {
    const text = formsOf(thing).join('\n');
    return forbidden.filter((part) => text.includes(part)).map((part) => `leaks ${part.slice(0, 24)}`);
  });
}

/** The end of a token, and every string in its header and claims that is long enough to be told. */
function partsOf(token: unknown): readonly string[] {
  if (typeof token !== 'string' || token.length < 20) return [];
  const segments = token.length > 100_000 ? [] : token.split('.').slice(0, 2);
  return [token.slice(-20), ...segments.flatMap((segment) => stringsOf(parsed(segment)))];
}

function parsed(segment: string): unknown {
  try {
    return JSON.parse(Buffer.from(segment, 'base64url').toString());
  } catch {
    return undefined; // the corpus has segments that are not JSON
  }
}

function stringsOf(value: unknown): string[] {
  const found: string[] = [];
  const open = [value];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    if (typeof next === 'string' && next.trim().length >= 12) found.push(next);
    if (typeof next === 'object' && next !== null)
      open.push(...(Object.values(next) as unknown[]).filter((child) => child !== undefined));
  }
  return found;
}

function formsOf(thing: unknown): string[] {
  const error = thing instanceof Error ? [thing.message, thing.stack ?? ''] : [];
  return [...error, JSON.stringify(thing) ?? '', String(thing), inspect(thing, { depth: 5 })];
}

type Verify = ((token: unknown) => unknown) & { readonly try: (token: unknown) => unknown };
const build = createVerifier as (options: Options) => Verify;
const check = verifyCompact as (token: unknown, options: Options) => unknown;

/** `verify(token)`. */
const throwing: Door = {
  name: 'verify',
  layer: 'claims',
  exact: true,
  present: ({ token, options }) => observe(() => build(options)(token)),
};

/** `verify.try(token)`: only the construction of the verifier may throw. */
const trying: Door = {
  name: 'verify.try',
  layer: 'claims',
  exact: true,
  async present({ token, options }) {
    let verify: Verify;
    try {
      verify = build(options);
    } catch (error) {
      return { outcome: outcomeOf(error), evidence: [error] };
    }
    try {
      const answer = await verify.try(token);
      const { ok, code } = answer as { readonly ok: boolean; readonly code: never };
      return ok ? { outcome: { ok: true }, evidence: [] } : { outcome: { code }, evidence: [answer] };
    } catch (error) {
      return { outcome: { crash: error }, evidence: [error] };
    }
  },
};

/** `verifyCompact(token, options)`, with the options it has. */
const compact: Door = {
  name: 'verifyCompact',
  layer: 'jws',
  exact: true,
  present: ({ token, options: { algorithms, key, ...rest } }) =>
    observe(() => check(token, { algorithms, key, ...('maxTokenBytes' in rest && { maxTokenBytes: rest.maxTokenBytes }) })),
};

/** `verify(token)` over a backend that needs a Promise. */
const asynchronous: Door = {
  name: 'verify, asynchronous',
  layer: 'claims',
  exact: false,
  present: ({ token, options }) => observe(() => build({ ...options, crypto: slowCrypto })(token)),
};

/**
 * `verify.try(token)` of a verifier that has work behind it, by one of the ways there are: headers are known, shapes of claims learned, caches filled. Asked
 * twice, it must say the same.
 */
function worked(name: string, further: Options): Door {
  return {
    name: `verify.try, ${name}`,
    layer: 'claims',
    exact: true,
    async present({ token, options }) {
      let verify: Verify;
      try {
        verify = build({ ...options, ...(further.verifiedTokenCache === true && isKeySource(options.key) ? {} : further) });
      } catch (error) {
        return { outcome: outcomeOf(error), evidence: [error] };
      }
      try {
        for (const good of GOOD_TOKENS) await verify.try(good);
        const answers = [await verify.try(token), await verify.try(token)] as { readonly ok: boolean; readonly code: never }[];
        const [first, second] = answers;
        if (first?.ok !== second?.ok || first?.code !== second?.code) return { outcome: { crash: answers }, evidence: [] };
        return first?.ok
          ? { outcome: { ok: true }, evidence: [] }
          : { outcome: { code: first?.code as never }, evidence: answers };
      } catch (error) {
        return { outcome: { crash: error }, evidence: [error] };
      }
    },
  };
}

const isKeySource = (key: unknown) => typeof key === 'object' && key !== null && 'candidates' in key;

/** As every provider is: without any fast way. */
const plainCrypto = { importSigner: nodeCrypto.importSigner, importVerifier: importPlain };

/** The way of HMAC where `crypto.hash` is missing or FIPS mode is on, for all algorithms. */
const noOneShotCrypto = {
  ...nodeCrypto,
  importVerifier(request: ImportRequest): SyncVerifier {
    const verifier = importPlain(request);
    const row = ALGORITHMS.get(request.algorithm);
    const key = parseKey(request.key, row === undefined ? [] : [row], 'key');
    return { ...verifier, verifyCompact: createCompactCheck(row?.signatureLength(key) ?? 0, verifier.verify) };
  },
};

/** Spread, a Verifier leaves its fast way behind. */
function importPlain(request: ImportRequest): SyncVerifier {
  return { ...nodeCrypto.importVerifier(request) };
}

export const DOORS: readonly Door[] = [
  throwing,
  trying,
  compact,
  asynchronous,
  worked('fast ways', {}),
  worked('no fast way', { crypto: plainCrypto }),
  worked('no one-shot hash', { crypto: noOneShotCrypto }),
  worked('verified before', { verifiedTokenCache: true }),
];

const slowCrypto = {
  ...nodeCrypto,
  importVerifier: async (request: Parameters<typeof nodeCrypto.importVerifier>[0]) => nodeCrypto.importVerifier(request),
};

async function observe(attempt: () => unknown): Promise<{ readonly outcome: Outcome; readonly evidence: readonly unknown[] }> {
  try {
    await attempt();
    return { outcome: { ok: true }, evidence: [] };
  } catch (error) {
    return { outcome: outcomeOf(error), evidence: [error] };
  }
}

export function outcomeOf(error: unknown): Outcome {
  if (error instanceof TokenError) return { code: error.code };
  return error instanceof ConfigError ? { configError: error.code } : { crash: error };
}
