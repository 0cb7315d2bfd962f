import type { FeedEntry, FeedReader, Revocation, RevocationFeed } from '../ports/revocation-feed.ts';
import { expectSame, mountPromises, type Promised, type TestRunner } from './promised.ts';

export interface FeedContractOptions extends TestRunner {
  readonly name: string;
  /** An empty feed, as several hosts would open it: each call of what it answers is another host's. */
  readonly createFeed: () => OpenFeed | Promise<OpenFeed>;
}

export interface OpenFeed {
  open(): RevocationFeed | Promise<RevocationFeed>;
  close?(): void | Promise<void>;
}

/** What every RevocationFeed promises. `feedContract({ name, describe, it, createFeed })` mounts it. */
export function feedContract({ name, describe, it, createFeed }: FeedContractOptions): void {
  mountPromises({ describe, it }, `${name} keeps the contract of a RevocationFeed`, PROMISES, async (use) => {
    const opened = await createFeed();
    const readers: FeedReader[] = [];
    const host = async () => {
      const feed = await opened.open();
      const reader = feed.follow();
      readers.push(reader);
      return { feed, reader };
    };
    try {
      await use({ host });
    } finally {
      for (const reader of readers) await reader.close();
      await opened.close?.();
    }
  });
}

interface Subject {
  /** One more host, with a reader that has read nothing. */
  host(): Promise<{ readonly feed: RevocationFeed; readonly reader: FeedReader }>;
}

const PROMISES: readonly Promised<Subject>[] = [
  {
    title: 'is empty at first, and says since when it is complete',
    async holds({ host }) {
      const { feed, reader } = await host();
      const { entries, caughtUp, lost, since, now } = await reader.read({ waitMs: 0 });
      expectSame([entries, caughtUp, lost], [[], true, false], 'the first batch');
      expectSame(since <= now + 1 && feed.retentionSeconds > 0, true, 'the history begins before now');
    },
  },
  {
    title: 'tells what was published before a read began, to every reader, whoever published it',
    async holds({ host }) {
      const [one, other] = [await host(), await host()];
      await other.reader.read({ waitMs: 0 });
      await one.feed.publish([revoked('family', 'a'), revoked('token', 'b')], {});
      await other.feed.publish([revoked('user', 'c')], {});
      for (const { reader } of [one, other, await host()])
        expectSame(namesOf(await readAll(reader)), ['family a', 'token b', 'user c'], 'what was told');
    },
  },
  {
    title: 'tells a reader that waits',
    async holds({ host }) {
      const [{ reader }, { feed }] = [await host(), await host()];
      await readAll(reader);
      const waiting = reader.read({ waitMs: 10_000 });
      await feed.publish([revoked('family', 'late')], {});
      const { entries } = await waiting;
      expectSame(namesOf(entries.length > 0 ? entries : await readAll(reader)), ['family late'], 'what was told');
    },
  },
  {
    title: 'lets a read go when nothing comes',
    async holds({ host }) {
      const { reader } = await host();
      await readAll(reader);
      const { entries, caughtUp } = await reader.read({ waitMs: 20 });
      expectSame([entries, caughtUp], [[], true], 'an idle read');
    },
  },
  {
    title: 'keeps thousands that are published at once, each under its time',
    async holds({ host }) {
      const [{ feed }, { reader }] = [await host(), await host()];
      const ids = Array.from({ length: 2500 }, (_, index) => `family-${index}`);
      await Promise.all(ids.map(async (id) => feed.publish([revoked('family', id)], {})));
      const entries = await readAll(reader);
      expectSame(entries.map(({ id }) => id).toSorted(), ids.toSorted(), 'ids');
      const { since, now } = await reader.read({ waitMs: 0 });
      expectSame(
        entries.every(({ at }) => at >= Math.floor(since) - 1 && at <= now + 1),
        true,
        'times of publication',
      );
    },
  },
  {
    title: 'changes no identifier',
    async holds({ host }) {
      const { feed, reader } = await host();
      for (const id of ODD_IDS) await feed.publish([revoked('user', id), revoked('token', id)], {});
      const expected = ODD_IDS.flatMap((id) => [`user ${id}`, `token ${id}`]);
      expectSame(namesOf(await readAll(reader)), expected, 'identifiers');
    },
  },
  {
    title: 'ends a read that waits when its signal says so, and when it is closed',
    async holds({ host }) {
      const [one, other] = [await host(), await host()];
      const leaving = new AbortController();
      await readAll(one.reader);
      await readAll(other.reader);
      const ended = [one.reader.read({ waitMs: 60_000, signal: leaving.signal }), other.reader.read({ waitMs: 60_000 })].map(
        (read) => read.then(() => 'read').catch(() => 'ended'),
      );
      leaving.abort();
      await other.reader.close();
      expectSame(await Promise.all(ended), ['ended', 'ended'], 'reads');
      await one.feed.publish([revoked('family', 'after')], {});
      expectSame(namesOf(await readAll(one.reader)).includes('family after'), true, 'a later read');
    },
  },
  {
    title: 'keeps what came during a read that was ended for the next one',
    async holds({ host }) {
      const [{ reader }, { feed }] = [await host(), await host()];
      const told = await readAll(reader);
      const ids = Array.from({ length: 12 }, (_, index) => `${index}`);
      for (const [index, id] of ids.entries()) {
        const signal = AbortSignal.timeout(index >> 2); // before its answer, or while it is on its way
        const read = reader.read({ waitMs: 60_000, signal }).catch(() => undefined);
        const published = feed.publish([revoked('family', id)], {});
        told.push(...((await read)?.entries ?? []));
        await published;
        told.push(...(await readAll(reader)));
      }
      expectSame(
        ids.filter((id) => !told.some((entry) => entry.id === id)),
        [],
        'what was not told',
      );
    },
  },
];

const revoked = (kind: Revocation['kind'], id: string): Revocation => ({ kind, id });

/** All there is, up to the end. */
async function readAll(reader: FeedReader): Promise<FeedEntry[]> {
  const entries: FeedEntry[] = [];
  for (;;) {
    const batch = await reader.read({ waitMs: 0 });
    entries.push(...batch.entries);
    if (batch.caughtUp) return entries;
  }
}

const namesOf = (entries: readonly FeedEntry[]) => entries.map(({ kind, id }) => `${kind} ${id}`);

const ODD_IDS = [
  'a,b',
  ' ',
  '0',
  'f',
  '%41',
  '\u00e9\u4e16\ud83d\udd11',
  '\0',
  'a}:b{',
  '__proto__',
  'x'.repeat(5000),
  "'\r\n*1",
];
