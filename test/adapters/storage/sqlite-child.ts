import { randomUUID } from 'node:crypto';
import { writeSync } from 'node:fs';
import { sqliteStore, type SqliteDatabase } from 'simplejwt/storage/sqlite';
import { familyOf, jtiOf, startScenario, type Ticket } from '../../../src/testing/storage/scenario.ts';
import type { TokenStore } from '../../../src/ports/token-store.ts';
import { betterSqlite, nodeSqlite, type Driver } from './sqlite-drivers.ts';

/** What a test asks of this process: calls of a store on that file, one after the other. */
export interface Order {
  readonly path: string;
  /** Locks the file before it answers, or lets it go a moment after it has. */
  readonly lock?: 'take' | 'release soon';
  readonly calls: readonly { readonly method: 'epoch' | 'rotate'; readonly given: readonly unknown[] }[];
}

export interface Answer {
  readonly value?: unknown;
  readonly error?: string;
}

/** A rotation that was answered, or the end of a family that was. */
export interface Acknowledged {
  readonly outcome: string;
  readonly spent: Ticket;
  readonly successor?: Ticket;
}

const [, , name, path] = process.argv;
const driver = driverNamed(name);

/** It waits long: what is tested is who wins, not who has patience. */
const open = (file: string) => sqliteStore(driver.open(file), { busyTimeoutSeconds: 20 });

if (path === undefined) answerOrders();
else await writeUntilKilled(path);

function driverNamed(wanted: string | undefined): Driver {
  for (const one of [nodeSqlite, betterSqlite]) if (typeof one === 'object' && one.name === wanted) return one;
  throw new Error(`there is no ${wanted} here`);
}

function answerOrders(): void {
  const stores = new Map<string, TokenStore>();
  let locked: SqliteDatabase | undefined;
  process.on('message', ({ path: file, calls, lock }: Order) => {
    const answers: Answer[] = [];
    if (lock === 'take') {
      locked = driver.open(file);
      locked.exec('BEGIN EXCLUSIVE');
    }
    if (lock === 'release soon') setTimeout(() => locked?.exec('COMMIT'), 200);
    for (const { method, given } of calls) {
      try {
        const store = stores.get(file) ?? open(file);
        stores.set(file, store);
        answers.push({ value: (store[method] as (...given: readonly unknown[]) => unknown)(...given, {}) });
      } catch (error) {
        answers.push({ error: String(error) });
      }
    }
    process.send?.(answers);
  });
}

/** Rotates one chain, and ends another family now and then. A line is written when the store has answered, never before. */
async function writeUntilKilled(file: string): Promise<void> {
  const scenario = await startScenario(() => open(file));
  const mint = (family = familyOf(randomUUID())) => scenario.mint({ jti: jtiOf(randomUUID()), family });
  const acknowledge = (line: Acknowledged) => writeSync(1, `${JSON.stringify(line)}\n`);
  let ticket = mint();
  await scenario.record(ticket);
  for (let count = 0; ; count++) {
    const next = mint(ticket.family);
    const { outcome } = await scenario.rotate(ticket, { successor: next.token, attempt: randomUUID() });
    acknowledge({ outcome, spent: ticket, successor: next });
    ticket = next;
    if (count % 5 !== 0) continue;
    const other = mint();
    await scenario.record(other);
    await scenario.revokeFamily(other.family);
    acknowledge({ outcome: 'ended', spent: other });
  }
}
