import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import type { TokenService } from 'simplejwt';
import { createTokenHandler } from 'simplejwt/http/fetch';
import { codeBlocks, readDocument } from './code-blocks.ts';
import { writeSnippets } from './snippets.ts';

const blocks = codeBlocks('docs/crypto.md', readDocument('docs/crypto.md')).filter(({ code }) => code.includes('./cloud-kms.js'));
const snippets = writeSnippets(blocks);
afterAll(() => snippets.remove());

interface Kms {
  trouble: ((signal: AbortSignal | undefined) => Promise<void>) | undefined;
  calls: number;
}

let service: TokenService;
let kms: Kms;

beforeAll(async () => {
  vi.stubEnv('JWT_KEY', 'a secret of at least thirty-two octets');
  vi.spyOn(process, 'emitWarning').mockImplementation(() => undefined); // tokens in memory
  const path = snippets.files[0]?.path ?? '';
  ({ cloudKms: kms } = await import(/* @vite-ignore */ path.replace(/[^/]+$/, 'cloud-kms.ts')));
  ({ service } = await import(/* @vite-ignore */ path));
});
afterEach(() => {
  kms.trouble = undefined;
  vi.useRealTimers();
});
afterAll(() => {
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
});

const ADA = { username: 'ada', password: 'correct horse' };
const unavailable = expect.objectContaining({ code: 'signer_unavailable', status: 503 });

/** A session, told by its refresh token, and how it goes on. */
async function session() {
  let { refresh } = await service.obtainPair(ADA);
  return {
    refresh: () => service.refresh(refresh),
    async goesOn() {
      const next = await service.refresh(refresh);
      expect(await service.verify(next.access)).toMatchObject({ user_id: '1' });
      refresh = next.refresh ?? refresh;
      expect((await service.refresh(refresh)).access).toBeTypeOf('string');
    },
  };
}

describe('the KMS of docs/crypto.md', () => {
  it('signs tokens that the public key verifies, whatever the length of r and s', async () => {
    expect(blocks).toHaveLength(1);
    const { calls } = kms;
    for (let turn = 0; turn < 150; turn++) {
      const { access } = await service.issuePair({ id: 1, isActive: true });
      expect(await service.verify(access)).toMatchObject({ token_type: 'access' });
    }
    expect(kms.calls).toBe(calls + 300);
  });

  it('may be slow', async () => {
    const ada = await session();
    kms.trouble = () => new Promise((resolve) => setTimeout(resolve, 30));
    await ada.goesOn();
  });

  it('is a 503 where it fails, and costs no session', async () => {
    const ada = await session();
    const failure = new Error('quota exceeded for projects/shop');
    kms.trouble = () => Promise.reject(failure);
    const refusal = await ada.refresh().catch((error: unknown) => error);
    expect(refusal).toEqual(unavailable);
    expect(refusal).toMatchObject({ cause: failure });
    expect(`${String(refusal)} ${JSON.stringify(refusal)}`).not.toContain('shop');
    await expect(service.obtainPair(ADA)).rejects.toEqual(unavailable);
    kms.trouble = undefined;
    await ada.goesOn();
  });

  it.each([1, 2])('is a 503 where signature %i of a refresh fails, and costs no session', async (failing) => {
    const ada = await session();
    let made = 0;
    kms.trouble = async () => {
      made += 1;
      if (made === failing) throw new Error('away');
    };
    await expect(ada.refresh()).rejects.toEqual(unavailable);
    kms.trouble = undefined;
    await ada.goesOn();
  });

  it('is a 503 after five seconds where it hangs, with its request ended, and costs no session', async () => {
    const ada = await session();
    vi.useFakeTimers();
    let told: AbortSignal | undefined;
    kms.trouble = (signal) => {
      told = signal;
      return new Promise(() => undefined);
    };
    const refusal = ada.refresh().catch((error: unknown) => error);
    await vi.advanceTimersByTimeAsync(4_999);
    expect(told?.aborted).toBe(false);
    await vi.advanceTimersByTimeAsync(1);
    expect(await refusal).toEqual(unavailable);
    expect(told?.aborted).toBe(true);
    vi.useRealTimers();
    kms.trouble = undefined;
    await ada.goesOn();
  });

  it('is left with the caller, and costs no session', async () => {
    const { refresh } = await service.obtainPair(ADA);
    const controller = new AbortController();
    let told: AbortSignal | undefined;
    kms.trouble = (signal) => {
      told = signal;
      controller.abort();
      return new Promise(() => undefined);
    };
    await expect(service.refresh(refresh, { signal: controller.signal })).rejects.toMatchObject({ code: 'aborted', status: 503 });
    expect(told?.aborted).toBe(true);
    kms.trouble = undefined;
    expect(await service.refresh(refresh)).toMatchObject({ access: expect.any(String) });
  });

  it('holds up nobody who verifies', async () => {
    const { access } = await service.obtainPair(ADA);
    kms.trouble = () => new Promise(() => undefined);
    expect(await service.verify(access)).toMatchObject({ user_id: '1' });
    expect((await service.authenticate({ authorization: `Bearer ${access}` }))?.user.id).toBe(1);
  });

  it('loses none of many sessions when it fails by chance', async () => {
    const sessions = await Promise.all(Array.from({ length: 20 }, session));
    let turn = 0;
    kms.trouble = async () => {
      turn += 1;
      if (turn % 3 === 0) throw new Error('away');
    };
    const outcomes = await Promise.allSettled(sessions.map(({ refresh }) => refresh()));
    const refused = sessions.filter((_, index) => outcomes[index]?.status === 'rejected');
    expect(refused.length).toBeGreaterThan(5);
    for (const outcome of outcomes) if (outcome.status === 'rejected') expect(outcome.reason).toEqual(unavailable);
    kms.trouble = undefined;
    for (const { goesOn } of refused) await goesOn();
  });

  it('is a 503 over HTTP, with a time to come back, and then a 200 for the same token', async () => {
    const handler = createTokenHandler(service);
    const { refresh } = await service.obtainPair(ADA);
    const post = () =>
      handler(
        new Request('https://login.example/api/token/refresh/', {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify({ refresh }),
        }),
      );
    kms.trouble = () => Promise.reject(new Error('away'));
    const refused = await post();
    expect([refused.status, refused.headers.has('retry-after')]).toEqual([503, true]);
    expect(await refused.json()).toMatchObject({ code: 'service_unavailable', reason: 'signer_unavailable' });
    kms.trouble = undefined;
    expect((await post()).status).toBe(200);
  });

  it('is waited for by ready() for five seconds too', async () => {
    vi.useFakeTimers();
    kms.trouble = () => new Promise(() => undefined);
    const refusal = service.ready().catch((error: unknown) => error);
    await vi.advanceTimersByTimeAsync(5_000);
    expect(await refusal).toEqual(unavailable);
    kms.trouble = () => Promise.reject(new Error('away'));
    await expect(service.ready()).rejects.toEqual(unavailable);
    kms.trouble = undefined;
    await service.ready();
  });
});
