import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { onChromium } from './chromium.mjs';
import { bundle } from './install.mjs';
import { onWorkerd } from './workerd.mjs';

/**
 * The runtimes: how each runs the programs of a folder, and which algorithms its Web Crypto does not have. `report` answers what `smoke` found, and
 * throws where a program reaches a node: module.
 *
 * @type {readonly { readonly name: string, readonly lacks: readonly string[], readonly report: (folder: string) => Promise<any> }[]}
 */
export const RUNTIMES = [
  { name: 'deno', lacks: ['ES256K', 'Ed448'], report: onDeno },
  { name: 'bun', lacks: ['ES256K', 'Ed448'], report: onBun },
  { name: 'workerd', lacks: ['ES256K', 'Ed448'], report: onWorkerd },
  { name: 'chromium', lacks: ['ES256K', 'Ed448'], report: onChromium },
];

/** As it is installed, by the runtime's own resolution; its bundle by the same conditions tells what that reaches. */
async function onDeno(folder) {
  await bundle(folder, 'print', ['deno', 'node']);
  return JSON.parse(await outputOf('deno', ['run', '--no-prompt', 'print.js'], folder));
}

/** By itself Bun has the condition `node`, by which simplejwt/jws takes node:crypto; here it is as portable as in a browser. */
async function onBun(folder) {
  await bundle(folder, 'print', ['browser', 'bun', 'node']);
  return JSON.parse(await outputOf('bun', ['--conditions=browser', 'print.js'], folder));
}

async function outputOf(command, words, folder) {
  const { stdout } = await promisify(execFile)(command, words, { cwd: folder, maxBuffer: 100_000_000, timeout: 30_000 });
  return stdout;
}
