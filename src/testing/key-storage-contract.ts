import type { KeyStorage } from '../ports/key-storage.ts';
import { expectSame, mountPromises, type Promised, type TestRunner } from './promised.ts';

export interface KeyStorageContractOptions extends TestRunner {
  readonly name: string;
  /** An empty storage, as several processes would open it: each call of what it answers is another way to the same document. */
  readonly createStorage: () => OpenStorage | Promise<OpenStorage>;
}

export interface OpenStorage {
  open(): KeyStorage | Promise<KeyStorage>;
  close?(): void | Promise<void>;
}

/** What every KeyStorage promises. `keyStorageContract({ name, describe, it, createStorage })` mounts it. */
export function keyStorageContract({ name, describe, it, createStorage }: KeyStorageContractOptions): void {
  mountPromises({ describe, it }, `${name} keeps the contract of a KeyStorage`, PROMISES, async (use) => {
    const opened = await createStorage();
    try {
      await use(opened);
    } finally {
      await opened.close?.();
    }
  });
}

const PROMISES: readonly Promised<OpenStorage>[] = [
  {
    title: 'has no document at first',
    async holds({ open }) {
      expectSame(await (await open()).read(), undefined, 'the document');
    },
  },
  {
    title: 'answers what was written last, whoever wrote it, character by character',
    async holds({ open }) {
      const [one, two] = [await open(), await open()];
      for (const text of ['first', ODD_TEXT, LONG_TEXT]) {
        expectSame(await one.replace(text, (await one.read())?.version), true, 'the write');
        expectSame((await two.read())?.text === text, true, 'the same text');
      }
    },
  },
  {
    title: 'gives each change another, higher version',
    async holds({ open }) {
      const storage = await open();
      const versions: number[] = [];
      for (let round = 0; round < 5; round++) {
        const before = (await storage.read())?.version;
        expectSame(await storage.replace('the same text', before), true, 'the write');
        versions.push((await storage.read())?.version ?? Number.NaN);
      }
      expectSame(
        versions.every((version, at) => at === 0 || version > (versions[at - 1] ?? version)),
        true,
        'rising versions',
      );
    },
  },
  {
    title: 'refuses to write over a version that is no longer there, and changes nothing',
    async holds({ open }) {
      const storage = await open();
      expectSame(await storage.replace('first', undefined), true, 'the first write');
      const first = (await storage.read())?.version;
      expectSame(await storage.replace('second', first), true, 'the second write');
      const second = await storage.read();
      for (const version of [undefined, first, (second?.version ?? 0) + 1, -1])
        expectSame(await storage.replace('late', version), false, 'a late write');
      expectSame(await storage.read(), second, 'the document');
    },
  },
  {
    title: 'lets exactly one of 50 concurrent writes win, the first document included',
    async holds({ open }) {
      const storages = [await open(), await open(), await open()];
      for (let round = 0; round < 3; round++) {
        const version = (await storages[0]?.read())?.version;
        const writers = Array.from({ length: 50 }, (_, at) => ({
          text: `round ${round}, writer ${at}`,
          storage: storages[at % 3],
        }));
        const won = await Promise.all(writers.map(async ({ storage, text }) => storage?.replace(text, version)));
        const winners = writers.filter((_, at) => won[at] === true);
        expectSame(winners.length, 1, 'winners');
        expectSame((await storages[1]?.read())?.text, winners[0]?.text, 'the document');
      }
    },
  },
];

const ODD_TEXT = '{"a":"\u00e9\u4e16\ud83d\udd11\\u0000","b":"\'; DROP TABLE keys; --"}\n\t ';
const LONG_TEXT = 'k'.repeat(512 * 1024);
