/* oxlint-disable unicorn/require-post-message-target-origin -- a worker has no origin */
import { Worker } from 'node:worker_threads';
import { once } from 'node:events';
import { lacking } from '../contenders/contenders.mjs';
import { keysFor } from '../fixtures/keys.mjs';
import { AUDIENCE, claimsOf, ISSUER, tokensOf } from '../fixtures/tokens.mjs';

export const workers = {
  name: 'workers',
  about: 'whole verifies in worker threads that hold their own verifier, time a token of all workers together',
  unit: 'time',
  baseline: '1 worker',
  rows: ['HS256', 'RS256', 'ES256', 'EdDSA'].map((algorithm) => ({
    name: algorithm,
    rounds: 15,
    prepare: () => working(algorithm),
  })),
};

function working(algorithm) {
  const keys = keysFor(algorithm);
  if (keys === undefined) return lacking(algorithm);
  const options = { algorithms: [algorithm], key: keys.publicText, issuer: ISSUER, audience: AUDIENCE };
  return crewOf({ options, now: claimsOf(299).iat, tokens: tokensOf(algorithm, keys, { count: 64 }) });
}

/** One worker alone, in turns, and both together. @returns {Promise<import('./all.mjs').Prepared>} */
export async function crewOf(workerData) {
  const crew = [0, 1].map(() => new Worker(new URL('verifying-worker.mjs', import.meta.url), { workerData }));
  await Promise.all(crew.map((worker) => once(worker, 'message'))); // each has verified its tokens, and is warm
  let turn = 0;
  const slots = { all: 0, disturbed: 0 };
  const together = async (working) => {
    let best = Number.POSITIVE_INFINITY;
    slots.all += 1;
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      const used = process.cpuUsage();
      const counts = working.map((worker) => once(worker, 'message'));
      for (const worker of working) worker.postMessage(SLOT_MS);
      const verified = (await Promise.all(counts)).reduce((sum, [count]) => sum + count, 0);
      const { user, system } = process.cpuUsage(used);
      best = Math.min(best, (SLOT_MS * 1e6) / verified);
      if (user + system > working.length * SLOT_MS * 1000 * UNDISTURBED) return best;
    }
    slots.disturbed += 1;
    return best;
  };
  const alone = () => together([crew[turn++ % 2]]);
  return {
    contenders: [
      { name: '1 worker', ours: true, sample: alone, check: async () => (await alone()) > 0 },
      { name: '2 workers', ours: true, sample: () => together(crew), check: async () => (await together(crew)) > 0 },
    ],
    notApplicable: [],
    disturbed: () =>
      slots.disturbed > slots.all / 2 ? 'the workers did not get their cores: other processes have them' : undefined,
    close: () => Promise.all(crew.map((worker) => worker.terminate())),
  };
}

const SLOT_MS = 100;
/** A slot in which neighbours took a core says nothing about ours, and is tried again. */
const ATTEMPTS = 5;
const UNDISTURBED = 0.95;
