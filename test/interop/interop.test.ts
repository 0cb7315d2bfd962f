import { afterAll, describe, expect, it } from 'vitest';
import { nodeCrypto } from 'simplejwt/crypto/node';
import { createSigner, createVerifier, verifyCompact, type SyncVerifier } from 'simplejwt/jws';
import { LACKING, ROWS, type AlgorithmKeys } from './algorithms.ts';
import { FOREIGN_PEERS } from './foreign-peers.ts';
import { createMatrix } from './matrix.ts';
import { NODE_PEERS } from './node-peers.ts';
import type { Answer, Peer, Question } from './peer.ts';

const HEADER = { typ: 'at+jwt', kid: 'key-1' };
const NOW = Math.floor(Date.now() / 1000);
const ISSUER = 'https://issuer.example';
const CLAIMS = {
  iss: ISSUER,
  sub: 'Zoë ✓ 🔑',
  aud: ['shop', 'till'],
  iat: NOW,
  exp: NOW + 600,
  scope: 'read <write> & "sign"',
  nested: { list: [1, -2.5, null, true, ''] },
};

const questions = ROWS.map(questionOf);

const asked = await Promise.all(
  [...NODE_PEERS, ...FOREIGN_PEERS].map(async (peer) => ({ peer, found: await peer.ask(questions) })),
);

const columns = asked.map(({ peer, found }) => ({ peer: peer.name, absent: 'absent' in found ? found.absent : undefined }));
const matrix = createMatrix(
  ROWS.map(({ name }) => name),
  columns,
);
afterAll(() => console.log(matrix.print()));
if (LACKING.length > 0) console.log(`not applicable: ${LACKING.join(', ')} with other libraries, which this runtime lacks`);

for (const { peer, found } of asked) {
  const [answers, title] = 'absent' in found ? [[], `${peer.name} (${found.absent})`] : [found, peer.name];

  describe.skipIf('absent' in found)(title, () => {
    it('answers every question', () => expect(answers).toHaveLength(questions.length));

    questions.forEach((question, at) => {
      const answer = answers[at] ?? { signed: { error: 'no answer' }, verified: [] };
      if (peer.knows(question.name)) agreesOn(peer, question, answer);
      else it(`does not know ${question.name}`, () => expect(problemsOf(answer)).toHaveLength(1 + question.tokens.length));
    });

    it(`is seen to agree on ${peer.pairs} algorithms at least`, () => {
      expect(matrix.pairsOf(peer.name)).toBeGreaterThanOrEqual(peer.pairs);
      expect(matrix.pairsOf(peer.name)).toBe(ROWS.filter(({ name }) => peer.knows(name)).length);
    });
  });
}

it('asks five libraries about 17 algorithms at least', () => {
  expect(columns.map(({ peer }) => peer)).toEqual(['jose', 'jsonwebtoken', 'fast-jwt', 'PyJWT', 'golang-jwt']);
  expect(ROWS.length).toBeGreaterThanOrEqual(17);
});

function agreesOn(peer: Peer, question: Question, { signed, verified }: Answer): void {
  const { name, algorithm } = question;

  it(`signs ${name} that verifies here, and not once it was changed`, () => {
    if ('error' in signed) throw new Error(signed.error);
    const doors = doorsFor(question);
    expect(doors.verify(signed.token)).toEqual(CLAIMS);
    expect(doors.verify.try(signed.token)).toMatchObject({ ok: true, claims: CLAIMS, header: { alg: algorithm, ...HEADER } });
    const { header, payload } = doors.verifyAny(signed.token);
    expect(header).toEqual({ alg: algorithm, ...HEADER });
    expect(JSON.parse(new TextDecoder().decode(payload))).toEqual(CLAIMS);
    for (const changed of changesOf(signed.token)) {
      expect(doors.verify.try(changed)).toMatchObject({ ok: false, code: 'signature' });
      expect(() => doors.verifyAny(changed)).toThrow(expect.objectContaining({ code: 'signature' }));
    }
    matrix.see(name, peer.name, 'here');
  });

  it(`verifies our ${name}, and not once it was changed`, () => {
    const [ours, ...changed] = verified;
    expect(ours).toEqual({ header: { alg: algorithm, ...HEADER }, claims: CLAIMS });
    expect(changed).toEqual([1, 2].map(() => ({ error: expect.stringContaining(peer.refusal) })));
    matrix.see(name, peer.name, 'there');
  });
}

/** With a key of another kid in front, so that the kid must be heard. */
function doorsFor({ algorithm, publicKey }: AlgorithmKeys) {
  const verifier = nodeCrypto.importVerifier({ algorithm, key: publicKey, kid: HEADER.kid });
  const verify = () => expect.fail('the key of another kid was asked');
  const stranger: SyncVerifier = { algorithm, kid: 'key-0', synchronous: true, verify };
  const options = { algorithms: [algorithm], key: [stranger, verifier] };
  return {
    verify: createVerifier({ ...options, issuer: ISSUER, audience: ['elsewhere', 'till'], typ: HEADER.typ }),
    verifyAny: (token: string) => verifyCompact(token, options),
  };
}

function questionOf(row: AlgorithmKeys): Question {
  const ours = createSigner({ algorithm: row.algorithm, key: row.privateKey, ...HEADER })(CLAIMS);
  return { ...row, header: HEADER, claims: CLAIMS, issuer: ISSUER, audience: 'till', tokens: [ours, ...changesOf(ours)] };
}

/** The same token for somebody else, and with one bit of its signature flipped. */
function changesOf(token: string): [string, string] {
  const [header = '', claims = '', signature = ''] = token.split('.');
  const other = { ...JSON.parse(Buffer.from(claims, 'base64url').toString()), sub: 'mallory' };
  const octets = Buffer.from(signature, 'base64url');
  const at = octets.length >> 1;
  octets.writeUInt8(octets.readUInt8(at) ^ 1, at);
  const otherClaims = Buffer.from(JSON.stringify(other)).toString('base64url');
  return [`${header}.${otherClaims}.${signature}`, `${header}.${claims}.${octets.toString('base64url')}`];
}

function problemsOf({ signed, verified }: Answer): string[] {
  return [signed, ...verified].flatMap((outcome) => ('error' in outcome ? [outcome.error] : []));
}
