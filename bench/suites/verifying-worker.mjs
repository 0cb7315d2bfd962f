// Verifies tokens for as many milliseconds as it is told, and answers how many they were.
/* oxlint-disable unicorn/require-post-message-target-origin -- a worker's port has no origin */
import { parentPort, workerData } from 'node:worker_threads';
import { createVerifier } from 'simplejwt/jws';
import { AUDIENCE, ISSUER } from '../fixtures/tokens.mjs';

const { algorithm, key, tokens, jti } = workerData;
const verify = createVerifier({
  algorithms: [algorithm],
  key: typeof key === 'string' ? key : Buffer.from(key),
  issuer: ISSUER,
  audience: AUDIENCE,
});
if (verify(tokens[0]).jti !== jti) throw new Error('it answers another token');

function verifyFor(milliseconds) {
  const end = performance.now() + milliseconds;
  let count = 0;
  do {
    for (let index = 0; index < 16; index++) void verify(tokens[(count + index) & (tokens.length - 1)]);
    count += 16;
  } while (performance.now() < end);
  return count;
}

parentPort.on('message', (milliseconds) => parentPort.postMessage(verifyFor(milliseconds)));
verifyFor(300);
parentPort.postMessage('ready');
