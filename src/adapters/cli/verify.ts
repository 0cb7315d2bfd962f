import type { VerifierOptions } from '../../application/create-verifier.ts';
import type { VerifiedToken } from '../../application/jwt-payload.ts';
import { DEFAULT_MAX_TOKEN_BYTES, parseAlgorithm } from '../../application/verification-options.ts';
import type { MaybePromise } from '../../application/maybe-promise.ts';
import type { Refusal } from '../../domain/errors.ts';
import { required, UsageError, type Command, type ExitStatus, type Flags } from './command.ts';
import { inputLines } from './input-lines.ts';
import { parseKeyFile, readKeyFile } from './key-file.ts';
import type { Terminal } from './terminal.ts';

export interface VerifyCommandDeps {
  createVerifier(options: VerifierOptions): { try(token: string): MaybePromise<VerifiedToken | Refusal> };
}

/** `simplejwt verify`: a token a line in, an outcome a line out. Exit status 1 if any was refused. */
export function verifyCommand({ createVerifier }: VerifyCommandDeps): Command {
  return {
    name: 'verify',
    description:
      'Reads a token a line on standard input and writes {"ok":true,"claims":{...}} or {"ok":false,"code":"..."} for each.',
    flags: FLAGS,
    async run(flags, terminal) {
      const verifier = createVerifier(await readOptions(flags));
      return verifyLines(verifier, terminal);
    },
  };
}

async function verifyLines(
  verifier: ReturnType<VerifyCommandDeps['createVerifier']>,
  { input, output }: Terminal,
): Promise<ExitStatus> {
  let status: ExitStatus = 0;
  for await (const lines of inputLines(input, DEFAULT_MAX_TOKEN_BYTES)) {
    let answers = '';
    for (const line of lines) {
      if (line.trim() === '') continue;
      const outcome = await verifier.try(line);
      answers += `${JSON.stringify(outcome.ok ? { ok: true, claims: outcome.claims } : { ok: false, code: outcome.code })}\n`;
      if (!outcome.ok) status = 1;
    }
    if (answers !== '' && !(await output.write(answers))) break; // nobody reads any more
  }
  return status;
}

async function readOptions(flags: Flags): Promise<VerifierOptions> {
  const row = parseAlgorithm(required('verify', flags, FLAGS, 'alg'), '--alg');
  const key = parseKeyFile(await readKeyFile(required('verify', flags, FLAGS, 'key')), row);
  const [issuer, audience] = [flags.values('issuer'), flags.values('audience')];
  const [leeway, now] = [flags.value('leeway'), flags.value('now')];
  return {
    algorithms: [row.name],
    key,
    ...(issuer.length > 0 && { issuer }),
    ...(audience.length > 0 && { audience }),
    ...(leeway !== undefined && { leeway: DECIMAL.test(leeway) ? Number(leeway) : leeway }),
    ...(now !== undefined && { clock: clockAt(now) }),
  };
}

function clockAt(now: string): () => number {
  if (!DECIMAL.test(now)) throw new UsageError('--now must be seconds since the epoch, such as 1767225600');
  return () => Number(now);
}

const DECIMAL = /^\d{1,12}(?:\.\d{1,6})?$/;

const FLAGS: Command['flags'] = new Map([
  ['key', { value: 'FILE', description: 'secret (HS*; the newline that ends a text is no part of it), PEM, JWK or JWK Set' }],
  ['alg', { value: 'ALG', description: 'the one algorithm accepted, such as HS256 or ES256' }],
  ['issuer', { value: 'I', description: 'the iss demanded', repeats: true }],
  ['audience', { value: 'A', description: 'an aud demanded', repeats: true }],
  ['leeway', { value: 'S', description: 'seconds the clocks may differ (0)' }],
  ['now', { value: 'N', description: 'the time to check against, in seconds since the epoch (now)' }],
]);
