import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** Runs the same command under another line of Node and answers its report. Node comes from npm, into node_modules/.cache. */
export async function onOtherNode(line, words, { stderr, signal }) {
  const node = await installed(line, { stderr, signal });
  const { status, text } = await output(node, [COMMAND, ...withoutPlace(words), '--json'], { stderr, signal });
  if (status !== 0 && text === '') throw new Error(`the run on Node ${line} ended with ${status}`);
  const [report] = JSON.parse(text).reports;
  return report;
}

/** The words less those that say where to run and what to write. */
export function withoutPlace(words) {
  return words.filter((word, index) => {
    const before = words[index - 1];
    return !/^--(node|html)(=|$)/.test(word) && word !== '--json' && before !== '--node' && before !== '--html';
  });
}

async function installed(line, { stderr, signal }) {
  const folder = `${CACHE}node-${line}`;
  const system = process.platform === 'win32' ? 'win' : process.platform;
  const name = `node-${system}-${process.arch}`;
  const node = `${folder}/node_modules/${name}/bin/node${process.platform === 'win32' ? '.exe' : ''}`;
  if (existsSync(node)) return node;
  stderr.write(`installing ${name}@${line} from npm ...\n`);
  mkdirSync(folder, { recursive: true });
  const words = ['install', '--prefix', folder, '--no-save', '--no-audit', '--no-fund', '--loglevel=error', `${name}@${line}`];
  const { status } = await output('npm', words, { stderr, signal, shell: process.platform === 'win32' });
  if (status !== 0 || !existsSync(node)) throw new Error(`npm did not install ${name}@${line}; is there such a release?`);
  return node;
}

async function output(program, words, { stderr, signal, shell = false }) {
  const child = spawn(program, words, { stdio: ['ignore', 'pipe', stderr.fd ?? 'inherit'], signal, shell });
  const chunks = [];
  child.stdout.on('data', (chunk) => chunks.push(chunk));
  const [status] = await once(child, 'close');
  return { status, text: Buffer.concat(chunks).toString() };
}

const COMMAND = fileURLToPath(new URL('../run.mjs', import.meta.url));
const CACHE = fileURLToPath(new URL('../../node_modules/.cache/simplejwt-bench/', import.meta.url));
