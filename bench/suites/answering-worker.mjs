// Verifies each token it is sent, and answers what was found.
/* oxlint-disable unicorn/require-post-message-target-origin -- a worker's port has no origin */
import { parentPort, workerData } from 'node:worker_threads';
import { createVerifier } from 'simplejwt/jws';

const { key, ...options } = workerData;
const verify = createVerifier({ ...options, key: key instanceof Uint8Array ? Buffer.from(key) : key });
parentPort.on('message', (token) => parentPort.postMessage(verify.try(token)));
