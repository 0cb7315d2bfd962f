// The process of one row: no other row's types, garbage or caches are in it. Asked and answered over IPC.
import { SUITES } from '../suites/all.mjs';
import { measureRow } from './measure-row.mjs';

process.once('disconnect', () => process.exit());
process.on('SIGINT', () => undefined); // the command stops its rows itself

process.once('message', (asked) => void answer(asked));

async function answer({ suite, row, settings }) {
  const found = SUITES.find(({ name }) => name === suite)?.rows.find(({ name }) => name === row);
  try {
    const answer = await measureRow(found, settings, () => process.send({ round: true }));
    process.send({ answer }, () => process.exit());
  } catch (error) {
    process.send({ error: error.message, stack: error.stack }, () => process.exit());
  }
}
