/** One named promise of a contract: a test that throws when the subject does not keep it. */
export interface Promised<Subject> {
  readonly title: string;
  readonly holds: (subject: Subject) => void | Promise<void>;
}

/** Of vitest, node:test, or whatever has the same two. */
export interface TestRunner {
  readonly describe: (name: string, body: () => void) => unknown;
  readonly it: (name: string, body: () => Promise<void>) => unknown;
}

/** Mounts promises as tests, each with a subject of its own. */
export function mountPromises<Subject>(
  { describe, it }: TestRunner,
  name: string,
  promises: readonly Promised<Subject>[],
  withSubject: (use: (subject: Subject) => Promise<void>) => Promise<void>,
): void {
  describe(name, () => {
    for (const { title, holds } of promises) it(title, () => withSubject(async (subject) => holds(subject)));
  });
}

/** Throws unless both are the same plain data: members that are undefined do not count, nor does their order. */
export function expectSame(actual: unknown, expected: unknown, what: string): void {
  const [found, wanted] = [written(actual), written(expected)];
  if (found !== wanted) throw new Error(`${what}: expected ${shortened(wanted)}, found ${shortened(found)}`);
}

function written(value: unknown): string {
  return JSON.stringify(value, (_, member: unknown) => (isPlain(member) ? sorted(member) : member)) ?? 'undefined';
}

/** As entries, so that a member named `__proto__` counts as any other. */
function sorted(members: object): unknown {
  return {
    members: Object.entries(members)
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .filter(([, value]) => value !== undefined),
  };
}

function isPlain(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function shortened(text: string): string {
  return text.length > 300 ? `${text.slice(0, 300)}...` : text;
}
