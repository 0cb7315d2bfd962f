// npm run bench
import { bench } from './command/bench.mjs';

const stop = new AbortController();
process.once('SIGINT', () => stop.abort());
process.exitCode = await bench(process.argv.slice(2), { stdout: process.stdout, stderr: process.stderr, signal: stop.signal });
