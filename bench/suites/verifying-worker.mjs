// Verifies tokens for as many milliseconds as it is told, and answers how many they were.
/* oxlint-disable unicorn/require-post-message-target-origin -- a worker's port has no origin */
import { parentPort, workerData } from 'node:worker_threads';
import { createVerifier } from 'simplejwt/jws';

const { options, now, tokens } = workerData;
const { key } = options;
const verify = createVerifier({ ...options, key: key instanceof Uint8Array ? Buffer.from(key) : key, clock: () => now });
for (const token of tokens) void verify(token); // throws where one does not verify
const mask = tokens.length - 1;

function verifyFor(milliseconds) {
  const end = performance.now() + milliseconds;
  let count = 0;
  do {
    for (let index = 0; index < 16; index++) void verify(tokens[(count + index) & mask]);
    count += 16;
  } while (performance.now() < end);
  return count;
}

parentPort.on('message', (milliseconds) => parentPort.postMessage(verifyFor(milliseconds)));
verifyFor(300);
parentPort.postMessage('ready');
