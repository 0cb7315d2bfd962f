import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sqliteStore } from 'simplejwt/storage/sqlite';
import { liveADay } from './day.mjs';

/** A day in a file: its size, and transactions and statements a call. A call is one transaction; the process computes it, so its time is counted. */
export async function measureSqlite(workload) {
  const sqlite = await import('node:sqlite').catch(() => undefined);
  if (sqlite === undefined) return [{ name: NAME, missing: 'needs Node 22.13, for node:sqlite' }];
  const folder = mkdtempSync(join(tmpdir(), 'simplejwt-scale-'));
  const database = new sqlite.DatabaseSync(join(folder, 'tokens.db'));
  try {
    const counts = { transactions: 0, statements: 0 };
    const store = sqliteStore(counting(database, counts));
    database.exec('PRAGMA synchronous = OFF'); // what is weighed need not outlive this
    const empty = sizeOf(database);
    const [calls, sizes] = [{}, {}];
    const day = await liveADay(store, workload, async (name, count, run) => {
      const [before, cpu] = [{ ...counts }, process.cpuUsage()];
      await run();
      const { user, system } = process.cpuUsage(cpu);
      calls[name] = {
        commands: (counts.transactions - before.transactions) / count,
        statements: (counts.statements - before.statements) / count,
        micros: (user + system) / count,
      };
      sizes[name] = sizeOf(database) - empty;
    });
    const family = sizes['lone rotation'] / workload.sample;
    const spentToken = (sizes['lone rotation'] - sizes.login) / workload.sample / workload.spent;
    database.exec('PRAGMA synchronous = FULL');
    return [
      {
        name: NAME,
        bytes: { family, spentToken },
        calls,
        durableRotations: await perSecond(day),
        hosts: 1,
      },
    ];
  } finally {
    database.close();
    rmSync(folder, { recursive: true });
  }
}

/** Rotations a second that the disk takes, each answered when it is there: the best of some runs, since others may write too. */
async function perSecond({ rotate, left }) {
  const count = Math.min(left, 150);
  let best = 0;
  for (let run = 0; run < 4; run++) {
    const start = performance.now();
    for (let index = 0; index < count; index++) await rotate(index);
    best = Math.max(best, count / ((performance.now() - start) / 1000));
  }
  return best;
}

function counting(database, counts) {
  return {
    exec: (sql) => database.exec(sql),
    prepare(sql) {
      const statement = database.prepare(sql);
      const counted =
        (method) =>
        (...given) => {
          counts.statements++;
          if (sql === 'COMMIT') counts.transactions++;
          return statement[method](...given);
        };
      return { run: counted('run'), get: counted('get'), all: counted('all') };
    },
  };
}

function sizeOf(database) {
  return database.prepare('SELECT page_count * page_size AS size FROM pragma_page_count, pragma_page_size').get().size;
}

const NAME = 'SQLite';
