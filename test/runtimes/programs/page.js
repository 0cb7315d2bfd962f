import { given } from './given.js';
import { smoke } from './smoke.js';

await fetch('/report', { method: 'POST', body: JSON.stringify(await smoke(given)) });
