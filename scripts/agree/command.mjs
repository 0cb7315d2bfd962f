import { helpOf, parseFlags, UsageError } from '../../bench/command/flags.mjs';
import { createProgress } from '../../bench/command/progress.mjs';
import { agree } from './agreement.mjs';
import { ALGORITHM_NAMES, generateKeys } from './keys.mjs';
import { seeded } from './random.mjs';

/**
 * `npm run agree`. Answers the exit status: 0; 1 when two providers disagree or nothing was looked at; 2 for words that cannot be meant.
 *
 * @param {readonly string[]} words
 * @param {{ stdout: NodeJS.WritableStream, stderr: NodeJS.WritableStream }} streams
 * @param {Readonly<Record<string, unknown>>} providers
 */
export async function agreeByCommand(words, { stdout, stderr }, providers) {
  try {
    const flags = parseFlags(words, FLAGS);
    if (flags.help) {
      stdout.write(helpOf(USAGE, FLAGS));
      return 0;
    }
    const { cases = 10_000, keys: keyCount = 20, seed = 'simplejwt', algorithm: wanted = ALGORITHM_NAMES } = flags;
    const crews = await Promise.all(wanted.map((algorithm) => crewOf(algorithm, providers, seed)));
    const shared = crews.filter(({ providers }) => providers.length > 1);
    const alone = crews.filter(({ providers }) => providers.length < 2).map(({ algorithm }) => algorithm);
    for (const algorithm of alone)
      stderr.write(`not applicable: ${algorithm}, which fewer than two providers have on this runtime\n`);

    const progress = createProgress(stderr, shared.length * cases, '');
    const agreements = [];
    for (const crew of shared) {
      progress.begin({ suite: crew.algorithm, row: '' });
      const random = seeded(`${seed}/${crew.algorithm}`);
      agreements.push(await agree({ ...crew, cases, keyCount, random, onCase: () => progress.step() }));
    }
    progress.stop();

    const report = { node: process.versions.node, seed, agreements, notApplicable: alone };
    stdout.write(flags.json ? `${JSON.stringify(report, null, 2)}\n` : wordsOf(report));
    const sound =
      agreements.length > 0 && agreements.every(({ disagreements, answers }) => disagreements.length === 0 && answers > 0);
    return sound ? 0 : 1;
  } catch (error) {
    const meant = error instanceof UsageError;
    stderr.write(`agree: ${meant ? error.message : error.stack}\n`);
    if (meant) stderr.write('try npm run agree -- --help\n');
    return meant ? 2 : 1;
  }
}

/** The providers that take a key of this algorithm here. */
async function crewOf(algorithm, providers, seed) {
  const named = Object.entries(providers).map(([name, provider]) => ({ name, provider }));
  const having = await Promise.all(
    named.map(async ({ provider }) => {
      try {
        const [{ publicKey }] = generateKeys(algorithm, 1, seeded(seed));
        await provider.importVerifier({ algorithm, key: publicKey });
        return true;
      } catch (error) {
        if (LACKING.has(error.code)) return false;
        throw error;
      }
    }),
  );
  return { algorithm, providers: named.filter((_, index) => having[index]) };
}

function wordsOf({ agreements, seed }) {
  const lines = agreements.map(({ algorithm, providers, cases, answers, keys, changes, disagreements }) => {
    const verdict = disagreements.length === 0 ? 'agree' : `DISAGREE ${disagreements.length} times`;
    const ways = Object.keys(changes).length - 1;
    return `${algorithm.padEnd(10)} ${verdict}: ${cases} cases, ${keys} keys, ${ways} ways to be wrong, ${answers} answers of ${providers.join(', ')}`;
  });
  const faults = agreements.flatMap(({ algorithm, disagreements }) =>
    disagreements.map((disagreement) => JSON.stringify({ algorithm, ...disagreement })),
  );
  return [...lines, `seed: ${seed}`, ...faults, ''].join('\n');
}

function caseCount(text, name) {
  if (!/^[1-9]\d{1,6}$/.test(text))
    throw new UsageError(`--${name} must be a whole number from 10 to 9999999, such as --${name} 10000`);
  return Number(text);
}

function keyCount(text, name) {
  if (!/^(?:[1-9]|1\d|20)$/.test(text))
    throw new UsageError(`--${name} must be a whole number from 1 to 20, such as --${name} 5`);
  return Number(text);
}

function algorithmName(text, name) {
  if (!ALGORITHM_NAMES.includes(text)) throw new UsageError(`--${name} must be one of ${ALGORITHM_NAMES.join(', ')}`);
  return text;
}

const FLAGS = {
  algorithm: { value: 'ALG', many: true, help: 'this algorithm alone, such as ES256; may be repeated', parse: algorithmName },
  cases: { value: 'N', help: 'messages an algorithm (10000); half of them with a wrong signature', parse: caseCount },
  keys: { value: 'N', help: 'keys an algorithm (20), which is the most', parse: keyCount },
  seed: { value: 'TEXT', help: 'another seed of all chance but the keys of RSA (simplejwt)' },
  json: { help: 'the report as JSON on the standard output' },
  help: { help: 'this text' },
};

/** Of a provider without the algorithm, and of node:crypto without a form for its keys. */
const LACKING = new Set(['unsupported_runtime', 'ERR_OSSL_UNSUPPORTED', 'ERR_OSSL_EVP_DECODE_ERROR']);

const USAGE = `npm run agree -- [flags]

Sets the crypto providers against each other: every signature, right or wrong in one way, must be judged alike by all that have the algorithm. Exits 1
when two disagree, and tells the case whole: key, message and signature.`;
