import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Absent, Answer, Peer, Question } from './peer.ts';

/** Libraries of other languages: a program each, which is started once, reads a question a line and writes an answer a line. */
export const FOREIGN_PEERS: readonly Peer[] = [
  {
    name: 'PyJWT',
    knows: (row) => /^([HRP]S\d+|ES(256|384|512|256K)|EdDSA.*)$/.test(row),
    pairs: 15,
    refusal: 'InvalidSignatureError',
    ask: asking({
      variable: 'SIMPLEJWT_PYTHON',
      command: (python = 'python3') => [python, 'pyjwt.py'],
      folder: '.',
      lacking: /^ModuleNotFoundError: No module named '(jwt|cryptography)'$/m,
    }),
  },
  {
    name: 'golang-jwt',
    knows: (row) => /^([HRP]S\d+|ES(256|384|512)|EdDSA)$/.test(row),
    pairs: 13,
    refusal: 'token signature is invalid',
    ask: asking({
      variable: 'SIMPLEJWT_GOLANG_JWT',
      command: (program) => (program === undefined ? ['go', 'run', '.'] : [program]),
      folder: 'golang-jwt',
      lacking: /module lookup disabled by GOPROXY=off/,
    }),
  },
];

interface Program {
  /** Where it is set, the peer must be there. */
  readonly variable: string;
  readonly command: (value: string | undefined) => readonly string[];
  /** Where the command runs, seen from here. */
  readonly folder: string;
  /** What it complains of where the library is not installed. */
  readonly lacking: RegExp;
}

function asking({ variable, command, folder, lacking }: Program): Peer['ask'] {
  return async function ask(questions: readonly Question[]): Promise<readonly Answer[] | Absent> {
    const value = process.env[variable];
    const [file = '', ...args] = command(value);
    const { status, stdout, stderr, error } = spawnSync(file, args, {
      cwd: fileURLToPath(new URL(folder, import.meta.url)),
      input: questions.map((question) => `${JSON.stringify(question)}\n`).join(''),
      encoding: 'utf8',
      env: { ...process.env, GOPROXY: 'off', GOTOOLCHAIN: 'local', PYTHONDONTWRITEBYTECODE: '1' }, // tests download nothing
      timeout: 60_000,
    });
    if (value === undefined && error !== undefined && 'code' in error && error.code === 'ENOENT') return { absent: `no ${file}` };
    if (value === undefined && lacking.test(stderr)) return { absent: 'not installed' };
    if (error !== undefined || status !== 0) throw new Error(`${file} failed: ${error?.message ?? stderr}`);
    return stdout.trimEnd().split('\n').map(parseAnswer);
  };
}

function parseAnswer(line: string): Answer {
  return JSON.parse(line) as Answer;
}
