import type { KeySource, KeyHint } from '../ports/key-source.ts';
import { expectSame, mountPromises, type Promised, type TestRunner } from './promised.ts';

export interface KeySourceContractOptions extends TestRunner {
  readonly name: string;
  /** A source that has a key for this hint, with a kid, and no other; called once for each test. */
  readonly createSource: () => KeySource | Promise<KeySource>;
  readonly known: KeyHint & { readonly kid: string };
}

/** What every KeySource promises. `keySourceContract({ name, describe, it, createSource, known })` mounts it. */
export function keySourceContract({ name, describe, it, createSource, known }: KeySourceContractOptions): void {
  mountPromises({ describe, it }, `${name} keeps the contract of a KeySource`, PROMISES, async (use) => {
    const source = await createSource();
    try {
      await use({ source, known });
    } finally {
      await source.close?.();
    }
  });
}

interface Subject {
  readonly source: KeySource;
  readonly known: KeyHint & { readonly kid: string };
}

const PROMISES: readonly Promised<Subject>[] = [
  {
    title: 'answers the one key of a token that names it',
    async holds({ source, known }) {
      expectSame((await source.candidates(known)).length, 1, 'keys');
    },
  },
  {
    title: 'answers no key for a kid it does not have, whatever it looks like',
    async holds({ source, known: { alg, kid } }) {
      for (const odd of [
        `${kid} `,
        `${kid}\0`,
        kid.slice(1),
        '',
        '__proto__',
        'constructor',
        '../../etc/passwd',
        "' OR 1=1 --",
        'x'.repeat(9_999),
      ]) {
        expectSame((await source.candidates({ alg, kid: odd })).length, 0, 'keys');
      }
    },
  },
  {
    title: 'answers no key for an algorithm the key is not for',
    async holds({ source, known }) {
      for (const alg of ['none', 'NONE', '', 'HS256', '__proto__', `${known.alg} `, known.alg.toLowerCase()]) {
        expectSame((await source.candidates({ ...known, alg })).length, 0, 'keys');
      }
    },
  },
  {
    title: 'answers at once where it says so',
    async holds({ source, known }) {
      const answer = source.candidates(known);
      expectSame(source.synchronous === true && answer instanceof Promise, false, 'a promise from a synchronous source');
      await answer;
    },
  },
  {
    title: 'answers 50 that ask at once alike',
    async holds({ source, known }) {
      const answers = await Promise.all(Array.from({ length: 50 }, async () => source.candidates(known)));
      expectSame(
        answers.every((keys) => keys.length === 1 && keys[0] === answers[0]?.[0]),
        true,
        'the same key each time',
      );
    },
  },
];
