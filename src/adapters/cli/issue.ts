import { jwkThumbprint } from '../../application/jwk-thumbprint.ts';
import type { SignerOptions } from '../../application/create-signer.ts';
import type { MaybePromise } from '../../application/maybe-promise.ts';
import { parseAlgorithm } from '../../application/verification-options.ts';
import type { ClaimsSet } from '../../domain/claims/claims-set.ts';
import { parseDuration } from '../../domain/claims/numeric-date.ts';
import { parseJsonObject, type JsonObject } from '../../domain/jose/json-object.ts';
import { isJwkSet } from '../../domain/jose/jwk.ts';
import { parseKey } from '../../domain/jose/key-material.ts';
import { publicMaterial } from '../../domain/jose/public-key.ts';
import type { CryptoProvider } from '../../ports/crypto-provider.ts';
import { systemClock } from '../system-clock.ts';
import { required, UsageError, type Command } from './command.ts';
import { parseKeyFile, readKeyFile } from './key-file.ts';

export interface IssueCommandDeps {
  createSigner(options: SignerOptions): (claims: ClaimsSet) => MaybePromise<string>;
  readonly crypto: Pick<CryptoProvider, 'digest' | 'publicKey'>;
}

/** `simplejwt issue`: signs the claims on standard input. */
export function issueCommand({ createSigner, crypto }: IssueCommandDeps): Command {
  return {
    name: 'issue',
    description: 'Reads claims as one JSON object on standard input, and writes a token. Adds iat, and exp by --lifetime.',
    flags: FLAGS,
    async run(flags, { input, output }) {
      const row = parseAlgorithm(required('issue', flags, FLAGS, 'alg'), '--alg');
      const file = parseKeyFile(await readKeyFile(required('issue', flags, FLAGS, 'key')), row);
      if (isJwkSet(file)) throw new UsageError('issue signs with one key: give one key of the JWK Set');
      const key = parseKey(file, [row], 'key');
      const half = key.kty === 'oct' ? undefined : await (crypto.publicKey ?? publicMaterial)(key);
      const kid = flags.value('kid') ?? key.kid ?? (half && (await jwkThumbprint(half, crypto)));
      const sign = createSigner({ algorithm: row.name, key, ...(kid !== undefined && { kid }) });
      const lifetime = flags.value('lifetime');
      const seconds =
        lifetime === undefined ? undefined : parseDuration(/^\d+$/.test(lifetime) ? Number(lifetime) : lifetime, '--lifetime');
      const iat = systemClock();
      const claims = await readClaims(input);
      const token = await sign({ iat, ...claims, ...(seconds !== undefined && { exp: iat + seconds }) });
      await output.write(`${token}\n`);
      return 0;
    },
  };
}

async function readClaims(input: AsyncIterable<Uint8Array>): Promise<JsonObject> {
  const parts: Uint8Array[] = [];
  let length = 0;
  for await (const part of input) {
    length += part.length;
    if (length > MOST_BYTES) throw new UsageError(`the claims are longer than ${MOST_BYTES} bytes`);
    parts.push(part);
  }
  const claims = parseJsonObject(Buffer.concat(parts));
  if (claims === undefined)
    throw new UsageError('standard input must be one JSON object of claims, such as {"sub":"ada"}, with no name twice');
  return claims;
}

const MOST_BYTES = 64 * 1024;

const FLAGS: Command['flags'] = new Map([
  ['key', { value: 'FILE', description: 'the secret (HS*), or a private key as PEM or JWK' }],
  ['alg', { value: 'ALG', description: 'the algorithm to sign with, such as ES256' }],
  ['kid', { value: 'KID', description: 'the kid of the header (that of the JWK, else its thumbprint; none for a secret)' }],
  ['lifetime', { value: 'S', description: 'seconds until it expires, or 5m, 12h, 1d (no exp)' }],
]);
