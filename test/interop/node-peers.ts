import { createPrivateKey, createPublicKey, createSecretKey, type KeyObject } from 'node:crypto';
import { createRequire } from 'node:module';
import { createSigner, createVerifier, type Algorithm as FastJwtAlgorithm } from 'fast-jwt';
import { jwtVerify, SignJWT } from 'jose';
import type { Answer, Claims, Failure, Peer, Question, Verified } from './peer.ts';

/** It has no types of its own. */
interface JsonWebToken {
  sign(claims: object, key: string, options: object): string;
  verify(token: string, key: string, options: object): { readonly header: Verified['header']; readonly payload: Claims };
}

const jsonwebtoken = createRequire(import.meta.url)('jsonwebtoken') as JsonWebToken;

/** Libraries of this runtime, at the versions of package.json. */
export const NODE_PEERS: readonly Peer[] = [
  {
    name: 'jose',
    knows: (row) => /^([HRP]S\d+|ES(256|384|512)|EdDSA|Ed25519|ML-DSA-\d+)$/.test(row),
    pairs: 14,
    refusal: 'ERR_JWS_SIGNATURE_VERIFICATION_FAILED',
    ask: asking({
      sign: async ({ algorithm, header, claims, privateKey }) =>
        new SignJWT({ ...claims }).setProtectedHeader({ alg: algorithm, ...header }).sign(keyOf(privateKey, createPrivateKey)),
      async verify({ algorithm, header, issuer, audience, publicKey }, token) {
        const options = { algorithms: [algorithm], issuer, audience, typ: header.typ };
        const { protectedHeader, payload } = await jwtVerify(token, keyOf(publicKey, createPublicKey), options);
        return { header: { ...protectedHeader }, claims: payload };
      },
    }),
  },
  {
    name: 'jsonwebtoken',
    knows: (row) => /^([HRP]S\d+|ES(256|384|512))$/.test(row),
    pairs: 12,
    refusal: 'invalid signature',
    ask: asking({
      sign: ({ algorithm, header, claims, privateKey }) => jsonwebtoken.sign(claims, privateKey, { algorithm, header }),
      verify({ algorithm, issuer, audience, publicKey }, token) {
        const options = { algorithms: [algorithm], issuer, audience, complete: true };
        const { header, payload } = jsonwebtoken.verify(token, publicKey, options);
        return { header, claims: payload };
      },
    }),
  },
  {
    name: 'fast-jwt',
    knows: (row) => /^([HRP]S\d+|ES(256|384|512)|EdDSA.*)$/.test(row),
    pairs: 14,
    refusal: 'FAST_JWT_INVALID_SIGNATURE',
    ask: asking({
      sign: ({ algorithm, header, claims, privateKey }) =>
        createSigner({ algorithm: algorithm as FastJwtAlgorithm, header: { alg: algorithm, ...header }, key: privateKey })(
          claims,
        ),
      verify({ algorithm, issuer, audience, publicKey }, token) {
        const allowed = { algorithms: [algorithm as FastJwtAlgorithm], allowedIss: issuer, allowedAud: audience };
        const { header, payload } = createVerifier({ ...allowed, key: publicKey, complete: true })(token);
        return { header, claims: payload };
      },
    }),
  },
];

interface Library {
  sign(question: Question): string | Promise<string>;
  verify(question: Question, token: string): Verified | Promise<Verified>;
}

function asking({ sign, verify }: Library): Peer['ask'] {
  return async (questions) => Promise.all(questions.map(answer));

  async function answer(question: Question): Promise<Answer> {
    return {
      signed: await attempt(async () => ({ token: await sign(question) })),
      verified: await Promise.all(question.tokens.map(async (token) => attempt(async () => verify(question, token)))),
    };
  }
}

/** What a library throws, by its code where it has one. */
async function attempt<T>(work: () => Promise<T>): Promise<T | Failure> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    return { error: 'code' in error ? `${error.code}: ${error.message}` : error.message };
  }
}

function keyOf(text: string, read: (pem: string) => KeyObject): KeyObject {
  return text.startsWith('-----') ? read(text) : createSecretKey(text, 'utf8');
}
