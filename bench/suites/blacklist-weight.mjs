// Fills one structure in a process that holds nothing else, and writes how many bytes an entry takes, jti included.
// node --expose-gc blacklist-weight.mjs NAME ENTRIES
import { jtiAt, randomJtis, structures } from './blacklist.mjs';
import { NEVER } from '../fixtures/tokens.mjs';

const [name, count] = process.argv.slice(2);
const entries = Number(count);
const { creators } = await structures();
const jtis = randomJtis(entries);

const before = memoryHeld();
const structure = creators[name]();
for (let index = 0; index < entries; index++) structure.add(jtiAt(jtis, index), NEVER);
const bytes = (memoryHeld() - before) / entries;

if (!structure.has(jtiAt(jtis, 0)) || !structure.has(jtiAt(jtis, entries - 1))) throw new Error('it has lost an entry');
process.stdout.write(String(bytes));

/** Twice: what the first collection finds dead among typed arrays, the second has let go. */
function memoryHeld() {
  globalThis.gc();
  globalThis.gc();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}
