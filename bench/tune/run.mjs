// npm run bench:tune
import { tune } from './tune.mjs';

process.once('SIGINT', () => process.exit(130));
process.exitCode = await tune(process.argv.slice(2), process);
