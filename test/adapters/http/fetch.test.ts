import { expect, it } from 'vitest';
import { createTokenHandler } from '../../../src/adapters/http/fetch.ts';
import { fakeService, lastContext } from './fake-service.ts';

const JSON_TYPE = { 'content-type': 'application/json' };

function streaming(body: ReadableStream, signal?: AbortSignal): Request {
  const init = { method: 'POST', headers: JSON_TYPE, body, duplex: 'half', ...(signal === undefined ? {} : { signal }) } as const;
  return new Request('http://localhost/api/token/refresh', init);
}

it('reads a body in pieces', async () => {
  const fake = fakeService();
  const body = ReadableStream.from(['{"refr', 'esh":', '"r"}'].map((text) => new TextEncoder().encode(text)));
  expect((await createTokenHandler(fake.service)(streaming(body))).status).toBe(200);
  expect(fake.calls[0]?.args[0]).toBe('r');
});

it('leaves off an endless body as soon as it is too large, and lets go of its source', async () => {
  let pulled = 0;
  let cancelled = false;
  const body = new ReadableStream({
    pull(controller) {
      pulled += 1;
      controller.enqueue(new Uint8Array(4096));
    },
    cancel() {
      cancelled = true;
      return new Promise(() => {}); // a source that hangs must not hold up the answer
    },
  });
  expect((await createTokenHandler(fakeService().service)(streaming(body))).status).toBe(413);
  expect(pulled).toBeLessThan(8);
  expect(cancelled).toBe(true);
});

it('refuses what Content-Length declares before it reads', async () => {
  const body = new ReadableStream({ pull: () => new Promise(() => {}) });
  const request = streaming(body);
  request.headers.set('content-length', '16385');
  expect((await createTokenHandler(fakeService().service)(request)).status).toBe(413);
});

it('stops waiting for a body whose client has gone away', async () => {
  const client = new AbortController();
  const answering = createTokenHandler(fakeService().service)(streaming(new ReadableStream({}), client.signal));
  client.abort();
  const answer = await answering;
  expect([answer.status, answer.headers.get('retry-after')]).toEqual([503, '1']);
  expect(await answer.json()).toMatchObject({ reason: 'aborted' });
});

it('answers a body that breaks off', async () => {
  const body = new ReadableStream({ start: (controller) => controller.error(new Error('reset')) });
  expect((await createTokenHandler(fakeService().service)(streaming(body))).status).toBe(503);
});

it('passes on the signal of the request and what the application adds', async () => {
  const fake = fakeService();
  const client = new AbortController();
  const body = ReadableStream.from([new TextEncoder().encode('{"refresh":"r"}')]);
  const handler = createTokenHandler(fake.service, {
    context: ({ headers }) => ({ metadata: { type: headers.get('content-type') } }),
  });
  await handler(streaming(body, client.signal));
  expect(lastContext(fake)).toMatchObject({ metadata: { type: 'application/json' } });
  client.abort();
  expect(lastContext(fake).signal?.aborted).toBe(true);
});

it('reports a body that the application has read before', async () => {
  const errors: unknown[] = [];
  const request = new Request('http://localhost/api/token/refresh', {
    method: 'POST',
    headers: JSON_TYPE,
    body: '{"refresh":"r"}',
  });
  await request.text();
  const answer = await createTokenHandler(fakeService().service, { onError: (error) => errors.push(error) })(request);
  expect([answer.status, errors.length]).toEqual([500, 1]);
});

it('reads no cookie, no query and no Authorization header', async () => {
  const fake = fakeService();
  const request = new Request('http://localhost/api/token/refresh?refresh=q', {
    method: 'POST',
    headers: { ...JSON_TYPE, cookie: 'refresh=c', authorization: 'Bearer x' },
    body: '{}',
  });
  expect((await createTokenHandler(fake.service)(request)).status).toBe(400);
});
