import { jwkThumbprint } from '../../application/jwk-thumbprint.ts';
import { parseAlgorithm } from '../../application/verification-options.ts';
import { parseKeys } from '../../domain/jose/key-list.ts';
import type { KeyMaterial } from '../../domain/jose/key-material.ts';
import { assertUsable } from '../../domain/jose/key-use.ts';
import { publicJwk, publicMaterial } from '../../domain/jose/public-key.ts';
import type { CryptoProvider } from '../../ports/crypto-provider.ts';
import { required, UsageError, type Command } from './command.ts';
import { parseKeyFile, readKeyFile } from './key-file.ts';

/** `simplejwt jwks`: the public halves of keys, as a JWK Set to publish (RFC 7517 section 5). */
export function jwksCommand(crypto: Pick<CryptoProvider, 'digest' | 'publicKey'>): Command {
  return {
    name: 'jwks',
    description: 'Writes the JWK Set of the public halves of the keys in files, for /.well-known/jwks.json.',
    flags: FLAGS,
    async run(flags, { output }) {
      const row = parseAlgorithm(required('jwks', flags, FLAGS, 'alg'), '--alg');
      if (row.kty === 'oct') throw new UsageError('a secret is never published: jwks is for the other algorithms');
      required('jwks', flags, FLAGS, 'key');
      const files = await Promise.all(flags.values('key').map(async (path) => parseKeyFile(await readKeyFile(path), row)));
      const keys = parseKeys(files, [row], 'key');
      for (const key of keys) assertUsable(key, row, 'verify', 'key');
      const published = await Promise.all(keys.map(async (key) => publish(key, row.name, crypto)));
      await output.write(`${JSON.stringify({ keys: published })}\n`);
      return 0;
    },
  };
}

async function publish(key: KeyMaterial, alg: string, crypto: Pick<CryptoProvider, 'digest' | 'publicKey'>) {
  const half = crypto.publicKey === undefined ? publicMaterial(key) : await crypto.publicKey(key);
  return { ...publicJwk(half), kid: half.kid ?? (await jwkThumbprint(half, crypto)), alg: half.alg ?? alg };
}

const FLAGS: Command['flags'] = new Map([
  ['key', { value: 'FILE', description: 'PEM, JWK or JWK Set, private or public; may be repeated', repeats: true }],
  ['alg', { value: 'ALG', description: 'the algorithm the keys are for, such as ES256' }],
]);
