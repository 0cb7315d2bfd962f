import { describe, expect, it } from 'vitest';
import { agree } from '../../../scripts/agree/agreement.mjs';
import { agreeByCommand } from '../../../scripts/agree/command.mjs';
import { ALGORITHM_NAMES } from '../../../scripts/agree/keys.mjs';
import { seeded } from '../../../scripts/agree/random.mjs';
import { nobleCrypto } from '../../../src/adapters/crypto/noble/provider.ts';
import { nodeCrypto } from '../../../src/adapters/crypto/node/provider.ts';
import { ALGORITHMS } from '../../../src/domain/jose/algorithms.ts';
import type { CryptoProvider, ImportRequest } from '../../../src/ports/crypto-provider.ts';
import { sinkOf } from '../../bench/in-this-process.ts';
import { PROVIDERS } from './providers.ts';

const CASES = 200;
/** So many that each change is met some forty times. */
const MANY_CASES = 2000;
const KEYS = 3;

const crews = [...ALGORITHMS.values()].map(({ name }) => ({
  algorithm: name,
  providers: PROVIDERS.filter(({ algorithms }) => algorithms.includes(name)),
}));
const shared = crews.filter(({ providers }) => providers.length > 1);
const alone = crews.filter(({ providers }) => providers.length < 2).map(({ algorithm }) => algorithm);
if (alone.length > 0) console.log(`not applicable: agreement on ${alone.join(', ')}, which this runtime lacks`);

describe('the providers agree', () => {
  it.each(shared)(
    `on ${CASES} cases of $algorithm`,
    async ({ algorithm, providers }) => {
      const found = await agree({ algorithm, providers, cases: CASES, keyCount: KEYS, random: seeded(algorithm) });
      expect(found.disagreements).toEqual([]);
      expect([found.cases, found.keys, found.answers]).toEqual([CASES, KEYS, CASES * providers.length]);
      const { none, ...changes } = found.changes;
      expect(none).toBe(CASES / 2);
      expect(Object.keys(changes).length).toBeGreaterThan(10);
      for (const count of Object.values(changes)) expect(count).toBeGreaterThan(0);
    },
    60_000,
  );

  it('on all of the JWA table but ML-DSA, wherever they run', () => {
    expect(shared.map(({ algorithm }) => algorithm)).toEqual(expect.arrayContaining(ALGORITHM_NAMES.slice(0, 16)));
    expect([...ALGORITHMS.keys()]).toEqual(ALGORITHM_NAMES);
  });
});

/** nodeCrypto with other answers. */
const judging = (judge: (right: boolean, signature: Uint8Array) => boolean): CryptoProvider => ({
  ...nodeCrypto,
  importVerifier(request: ImportRequest) {
    const verifier = nodeCrypto.importVerifier(request);
    const verify = (data: Uint8Array, signature: Uint8Array) => judge(verifier.verify(data, signature), signature);
    return { ...verifier, verify };
  },
});

describe('the comparison', () => {
  const against = (provider: CryptoProvider, algorithm = 'ES256', cases = CASES) =>
    agree({
      algorithm,
      providers: [
        { name: 'nodeCrypto', provider: nodeCrypto },
        { name: 'other', provider },
      ],
      cases,
      keyCount: 2,
      random: seeded('planted'),
    });
  const changesIn = async (provider: CryptoProvider, cases = CASES) => [
    ...new Set((await against(provider, 'ES256', cases)).disagreements.map(({ change }) => change)),
  ];

  it('finds a provider that takes DER, one that takes anything, and one that takes nothing', async () => {
    expect(await changesIn(judging((right, signature) => right || signature[0] === 0x30))).toContain('DER');
    expect((await changesIn(judging(() => true))).length).toBeGreaterThan(15);
    expect(await changesIn(judging(() => false))).toEqual(['none', 'the other s']);
  });

  it('finds a provider that refuses the higher s', async () => {
    const half = 0x7fffffff; // of the order's first octets, near enough
    const lowOnly = judging((right, signature) => right && new DataView(Uint8Array.from(signature).buffer).getUint32(32) <= half);
    // a signature has the one or the other by chance
    expect(await changesIn(lowOnly, MANY_CASES)).toEqual(expect.arrayContaining(['none', 'the other s']));
  });

  it('finds a provider that signs another signature where there is but one', async () => {
    const salted = {
      ...nodeCrypto,
      importSigner: (request: ImportRequest) => nodeCrypto.importSigner({ ...request, algorithm: 'PS256' }),
    };
    const found = (await against(salted, 'RS256')).disagreements.map(({ change }) => change);
    expect(found).toEqual(expect.arrayContaining(['none', 'signed again']));
  });

  it('tells a disagreement whole, so that it can be had again', async () => {
    const [first] = (await against(judging((right) => !right))).disagreements;
    if (first === undefined) throw new Error('no disagreement was found');
    const key = first.key as Record<string, unknown>;
    const verifier = nodeCrypto.importVerifier({ algorithm: 'ES256', key });
    const right = verifier.verify(Buffer.from(first.data, 'hex'), Buffer.from(first.signature, 'hex'));
    expect(first.answers).toEqual({ nodeCrypto: right, other: !right });
  });

  it('repeats itself: the same seed, the same cases', async () => {
    const signatures = async () =>
      (
        await against(
          judging((right) => !right),
          'HS256',
        )
      ).disagreements.map(({ signature }) => signature);
    expect(await signatures()).toEqual(await signatures());
  });
});

describe('npm run agree', () => {
  const run = async (words: readonly string[], providers: Readonly<Record<string, unknown>>) => {
    const [stdout, stderr] = [sinkOf(), sinkOf()];
    return { status: await agreeByCommand(words, { stdout, stderr }, providers), text: stdout.text(), errors: stderr.text() };
  };
  const few = ['--cases', '60', '--keys', '2', '--algorithm', 'HS256', '--algorithm', 'RS256'];

  it('says what was looked at, and what two providers do not share', async () => {
    const { status, text, errors } = await run(few, { nodeCrypto, nobleCrypto });
    expect(status).toBe(0);
    expect(text).toContain('HS256      agree: 60 cases, 2 keys, 14 ways to be wrong, 120 answers of nodeCrypto, nobleCrypto');
    expect(errors).toBe('not applicable: RS256, which fewer than two providers have on this runtime\nHS256 ...\n');
  });

  it('says the same as JSON', async () => {
    const { status, text } = await run([...few, '--json'], { nodeCrypto, nobleCrypto });
    expect(status).toBe(0);
    expect(JSON.parse(text)).toMatchObject({
      agreements: [{ algorithm: 'HS256', answers: 120, disagreements: [] }],
      notApplicable: ['RS256'],
    });
  });

  it('fails by its status for a disagreement, and where there was nothing to look at', async () => {
    const { status, text } = await run(few, { nodeCrypto, other: judging(() => true) });
    expect(status).toBe(1);
    expect(text).toContain('DISAGREE');
    expect((await run(['--algorithm', 'RS256'], { nodeCrypto, nobleCrypto })).status).toBe(1);
  });

  it.each([
    [['--cases', '3'], '--cases must be a whole number'],
    [['--keys', '21'], '--keys must be a whole number from 1 to 20'],
    [['--algorithm', 'none'], '--algorithm must be one of HS256'],
  ])('refuses %j', async (words, complaint) => {
    const { status, errors } = await run(words, { nodeCrypto });
    expect(status).toBe(2);
    expect(errors).toContain(complaint);
    expect((await run(['--help'], {})).text).toContain('npm run agree -- [flags]');
  });
});
