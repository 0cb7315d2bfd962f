import type { TestRunner } from '../../src/testing/promised.ts';

export interface Verdict {
  readonly count: number;
  /** The titles of the tests that failed. */
  readonly broken: readonly string[];
}

/** Mounts a contract with a runner of its own and runs it: which of its promises does the subject break? */
export async function judge(mount: (runner: TestRunner) => void): Promise<Verdict> {
  const tests: { readonly title: string; readonly body: () => Promise<void> }[] = [];
  mount({ describe: (_name, body) => body(), it: (title, body) => void tests.push({ title, body }) });
  const broken: string[] = [];
  for (const { title, body } of tests) {
    try {
      await body();
    } catch {
      broken.push(title);
    }
  }
  return { count: tests.length, broken };
}
