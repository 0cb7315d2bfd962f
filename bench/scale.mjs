// How large: node bench/scale.mjs, after `npm run build`. Runs a sample at each store, counts, and says what millions of families come to.
import { scale } from './scale/scale.mjs';

process.exitCode = await scale(process.argv.slice(2), { stdout: process.stdout, stderr: process.stderr });
