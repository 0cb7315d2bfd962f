// Fills a replica in a process that holds nothing else, and writes how many bytes an entry takes.
// node --expose-gc replica-weight.mjs ENTRIES
import { memoryStore } from 'simplejwt/storage/memory';
import { randomJtis } from './blacklist.mjs';
import { replicaOver } from './replica.mjs';

const entries = Number(process.argv[2]);
const revoked = randomJtis(entries);

const warm = await replicaOver(memoryStore(), randomJtis(1000));
const before = memoryHeld();
const replica = await replicaOver(memoryStore(), revoked);
const bytes = (memoryHeld() - before) / entries;

if (replica.diagnostics().entries !== entries + 1000) throw new Error('it has lost an entry');
for (const one of [warm, replica]) await one[Symbol.asyncDispose]();
process.stdout.write(String(bytes));

/** Twice: what the first collection finds dead among typed arrays, the second has let go. */
function memoryHeld() {
  globalThis.gc();
  globalThis.gc();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}
