import { randomUUID } from 'node:crypto';
import fastJwt from 'fast-jwt';
import jsonwebtoken from 'jsonwebtoken';
import { randomId } from 'simplejwt/crypto/node';
import { createSigner } from 'simplejwt/jws';
import { assertSigned } from '../contenders/contenders.mjs';
import { keysFor } from '../fixtures/keys.mjs';
import { AUDIENCE, ISSUER } from '../fixtures/tokens.mjs';

export const issue = {
  name: 'issue',
  about: 'an access token from nothing: iat, exp, a fresh jti, claims, signature',
  unit: 'time',
  baseline: 'fast-jwt + randomUUID',
  rows: [{ name: 'HS256', prepare: issuing }],
};

function issuing() {
  const keys = keysFor('HS256');
  const ours = createSigner({ algorithm: 'HS256', key: keys.privateKey });
  const fast = fastJwt.createSigner({ algorithm: 'HS256', key: keys.privateText });
  const options = { algorithm: 'HS256' };
  const issued = (name, sign, jti) => ({
    name,
    call: (index) => sign(fresh(index, jti())),
    check() {
      const [first, second] = [jti(), jti()];
      if (first === second) throw new Error('two tokens have one jti');
      const claims = fresh(7, first);
      assertSigned(sign(claims), 'HS256', keys, claims);
    },
  });
  return {
    contenders: [
      { ...issued('simplejwt + randomId', ours, randomId), ours: true },
      issued('fast-jwt + randomUUID', fast, randomUUID),
      issued('jsonwebtoken + randomUUID', (claims) => jsonwebtoken.sign(claims, keys.privateKey, options), randomUUID),
    ],
    notApplicable: [],
  };
}

function fresh(index, jti) {
  const now = Math.floor(Date.now() / 1000);
  const user = String(100_000 + (index & 1023));
  return {
    token_type: 'access',
    exp: now + 900,
    iat: now,
    jti,
    user_id: user,
    role: 'editor',
    tenant: 'acme-eu-1',
    aud: AUDIENCE,
    iss: ISSUER,
  };
}
