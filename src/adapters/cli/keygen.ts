import { createPrivateKey } from 'node:crypto';
import type { Algorithm } from '../../domain/jose/algorithms.ts';
import { parseAlgorithm } from '../../application/verification-options.ts';
import { required, UsageError, type Command } from './command.ts';

export interface KeygenCommandDeps {
  generateKey(algorithm: Algorithm): Promise<Readonly<Record<string, unknown>> & { readonly kid: string }>;
}

/** `simplejwt keygen`: a fresh private key, or a secret, on standard output. */
export function keygenCommand({ generateKey }: KeygenCommandDeps): Command {
  return {
    name: 'keygen',
    description: 'Writes a fresh private key (HS*: a secret) as a JWK, or as PEM. Keep it where nobody else reads it.',
    flags: FLAGS,
    async run(flags, { output }) {
      const row = parseAlgorithm(required('keygen', flags, FLAGS, 'alg'), '--alg');
      const pem = flags.has('pem');
      if (pem && row.kty === 'oct') throw new UsageError('a secret has no PEM form: leave --pem out');
      if (pem && flags.value('kid') !== undefined) throw new UsageError('PEM holds no kid: leave --kid or --pem out');
      const made = await generateKey(row.name);
      const jwk = { ...made, kid: flags.value('kid') ?? made.kid };
      await output.write(pem ? pemOf(jwk) : `${JSON.stringify(jwk)}\n`);
      return 0;
    },
  };
}

function pemOf(jwk: Readonly<Record<string, unknown>>): string {
  return createPrivateKey({ key: jwk, format: 'jwk' }).export({ format: 'pem', type: 'pkcs8' }).toString();
}

const FLAGS: Command['flags'] = new Map([
  ['alg', { value: 'ALG', description: 'the algorithm it is for, such as ES256, EdDSA, RS256 or HS256' }],
  ['kid', { value: 'KID', description: 'its name (its thumbprint by RFC 7638; random for a secret)' }],
  ['pem', { description: 'writes PKCS #8 PEM instead of a JWK' }],
]);
