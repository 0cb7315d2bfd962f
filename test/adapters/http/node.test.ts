import { EventEmitter, once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { connect, type Socket } from 'node:net';
import { afterEach, expect, it, vi } from 'vitest';
import { createServiceHandler, createTokenHandler, type NodeHandler } from '../../../src/adapters/http/node.ts';
import type { CallContext } from '../../../src/ports/user-repository.ts';
import { TokenError } from '../../../src/domain/errors.ts';
import { listen, type Disposing } from './drivers.ts';
import { fakeService, lastContext } from './fake-service.ts';

const open: Disposing[] = [];
afterEach(async () => {
  for (const server of open.splice(0)) await server[Symbol.asyncDispose]();
});

async function serving(handler: NodeHandler): Promise<number> {
  const server = await listen((request, response) => void handler(request, response));
  open.push(server);
  return server.port;
}

async function connected(port: number): Promise<Socket> {
  const socket = connect(port, '127.0.0.1');
  await once(socket, 'connect');
  return socket;
}

/** All that comes back until the text is there. */
async function readUntil(socket: Socket, text: string): Promise<string> {
  let received = '';
  for await (const chunk of socket.iterator({ destroyOnReturn: false })) {
    received += String(chunk);
    if (received.includes(text)) return received;
  }
  return received;
}

const HEAD = 'POST /api/token/refresh HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n';

it('answers 413 to a chunked body that does not end, on a connection that stays usable', async () => {
  const fake = fakeService();
  const socket = await connected(await serving(createTokenHandler(fake.service)));
  socket.write(`${HEAD}Transfer-Encoding: chunked\r\n\r\n`);
  for (let chunk = 0; chunk < 5; chunk += 1) socket.write(`1000\r\n${'x'.repeat(4096)}\r\n`);
  expect(await readUntil(socket, '}')).toContain('413 Payload Too Large');
  socket.write(`1000\r\n${'x'.repeat(4096)}\r\n0\r\n\r\n`);
  socket.write(`${HEAD}Content-Length: 15\r\n\r\n{"refresh":"r"}`);
  expect(await readUntil(socket, '}')).toContain('{"access":"A2"}');
  socket.destroy();
});

it('ends its wait when the client goes away within the body', async () => {
  const fake = fakeService();
  const handler = createTokenHandler(fake.service);
  const handled: Promise<void>[] = [];
  const port = await serving((request, response) => {
    handled.push(handler(request, response));
    return Promise.resolve();
  });
  const socket = await connected(port);
  socket.write(`${HEAD}Content-Length: 15\r\n\r\n{"ref`);
  while (handled.length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
  socket.destroy();
  await handled[0];
  expect(fake.calls).toEqual([]);
});

it('aborts what the service does for a client that goes away', async () => {
  const reached = new EventEmitter();
  const reaching = once(reached, 'signal');
  const fake = fakeService({
    refresh: (_token: string, { signal }: { signal: AbortSignal }) => {
      reached.emit('signal', signal);
      return new Promise(() => {});
    },
  });
  const socket = await connected(await serving(createTokenHandler(fake.service)));
  socket.write(`${HEAD}Content-Length: 15\r\n\r\n{"refresh":"r"}`);
  const [signal]: AbortSignal[] = await reaching;
  if (signal === undefined) throw new TypeError('no signal');
  expect(signal.aborted).toBe(false);
  socket.destroy();
  if (!signal.aborted) await once(signal, 'abort');
  expect(signal.aborted).toBe(true);
});

it.each<[string, Parameters<typeof createTokenHandler>[1]]>([
  ['the plain context', {}],
  ['a context the application adds to', { context: () => ({ tenant: 'a', signal: AbortSignal.abort() }) }],
])('aborts a signal of %s that is first read after the client went away', async (_what, options) => {
  const reached = new EventEmitter();
  const [reaching, closing] = [once(reached, 'context'), once(reached, 'close')];
  const fake = fakeService({
    refresh: (_token: string, context: CallContext) => {
      reached.emit('context', context);
      return new Promise(() => {});
    },
  });
  const handler = createTokenHandler(fake.service, options);
  const port = await serving((request, response) => {
    response.once('close', () => reached.emit('close'));
    return handler(request, response);
  });
  const socket = await connected(port);
  socket.write(`${HEAD}Content-Length: 15\r\n\r\n{"refresh":"r"}`);
  const [context]: CallContext[] = await reaching;
  socket.destroy();
  await closing;
  expect(context?.signal?.aborted).toBe(true);
  expect(context?.signal).toBe(context?.signal);
});

it('gives a copy of the context the same signal', async () => {
  const fake = fakeService({
    refresh: (_token: string, context: CallContext) => ({ access: String({ ...context }.signal === context.signal) }),
  });
  const socket = await connected(await serving(createTokenHandler(fake.service)));
  socket.write(`${HEAD}Content-Length: 15\r\n\r\n{"refresh":"r"}`);
  expect(await readUntil(socket, '}')).toContain('{"access":"true"}');
  expect(lastContext(fake).signal).toBeInstanceOf(AbortSignal);
  socket.destroy();
});

it('makes no signal where nobody reads one', async () => {
  const made = vi.spyOn(globalThis, 'AbortController');
  const socket = await connected(await serving(createTokenHandler(fakeService().service)));
  socket.write(`${HEAD}Content-Length: 15\r\n\r\n{"refresh":"r"}`);
  expect(await readUntil(socket, '}')).toContain('200 OK');
  const times = made.mock.calls.length;
  made.mockRestore();
  expect(times).toBe(0);
  socket.destroy();
});

it.each(['A2', 'caf\u00e9', '\u{1f600}'])('tells the length of an answer that holds %j in bytes', async (access) => {
  const socket = await connected(await serving(createTokenHandler(fakeService({ refresh: { access } }).service)));
  socket.write(`${HEAD}Content-Length: 15\r\n\r\n{"refresh":"r"}`);
  const [head = '', body] = (await readUntil(socket, '}')).split('\r\n\r\n');
  expect(body).toBe(JSON.stringify({ access }));
  expect(head).toContain(`Content-Length: ${Buffer.byteLength(JSON.stringify({ access }))}`);
  socket.destroy();
});

it('reads a body in many chunks', async () => {
  const fake = fakeService();
  const socket = await connected(await serving(createTokenHandler(fake.service)));
  socket.write(`${HEAD}Transfer-Encoding: chunked\r\n\r\n`);
  for (const byte of new TextEncoder().encode('{"refresh":"žluť"}')) {
    socket.write(Buffer.concat([Buffer.from('1\r\n'), Buffer.of(byte), Buffer.from('\r\n')]));
  }
  socket.write('0\r\n\r\n');
  expect(await readUntil(socket, '}')).toContain('{"access":"A2"}');
  expect(fake.calls[0]?.args[0]).toBe('žluť');
  socket.destroy();
});

it('does not abort after its answer', async () => {
  const fake = fakeService();
  const socket = await connected(await serving(createTokenHandler(fake.service)));
  socket.write(`${HEAD}Content-Length: 15\r\n\r\n{"refresh":"r"}`);
  await readUntil(socket, '}');
  socket.destroy();
  await new Promise((resolve) => setTimeout(resolve, 20));
  expect(lastContext(fake).signal?.aborted).toBe(false);
});

it('understands a request target that is an absolute URI', async () => {
  const socket = await connected(await serving(createTokenHandler(fakeService().service)));
  socket.write(HEAD.replace('/api', 'http://x/api') + 'Content-Length: 15\r\n\r\n{"refresh":"r"}');
  expect(await readUntil(socket, '}')).toContain('{"access":"A2"}');
  socket.destroy();
});

it('leaves foreign paths, and their bodies, to what comes next', async () => {
  const handler = createTokenHandler(fakeService().service);
  const server = await listen((request, response) => {
    void handler(request, response, () => {
      request.pipe(response);
    });
  });
  open.push(server);
  const answer = await fetch(`http://127.0.0.1:${server.port}/other`, { method: 'POST', body: 'mine' });
  expect(await answer.text()).toBe('mine');
});

it('echoes nothing of a request into a header', async () => {
  const socket = await connected(await serving(createTokenHandler(fakeService().service)));
  socket.write(
    'POST /api/token/%0d%0aSet-Cookie:x HTTP/1.1\r\nHost: x\r\nContent-Type: a/b%0d%0aX: y\r\nContent-Length: 1\r\n\r\nx',
  );
  const [head = ''] = (await readUntil(socket, '}')).split('\r\n\r\n');
  expect(head).toContain('404 Not Found');
  expect(head.toLowerCase()).not.toContain('cookie');
  socket.destroy();
});

it('shows the service both of two Authorization headers, where node:http would drop one', async () => {
  const fake = fakeService({ authenticate: new TokenError('bad_authorization_header') });
  const socket = await connected(await serving(createServiceHandler(fake.service)));
  socket.write('GET /api/protected/ HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer a\r\nauthorization: Bearer b\r\n\r\n');
  expect(await readUntil(socket, '}')).toContain('401 Unauthorized');
  expect(fake.calls[0]?.args[0]).toMatchObject({ headers: { authorization: ['Bearer a', 'Bearer b'] } });
  socket.destroy();
});

it('takes a field that was sent twice for what it is: neither of the two', async () => {
  const socket = await connected(await serving(createTokenHandler(fakeService().service)));
  socket.write(`${HEAD}content-type: text/plain\r\nContent-Length: 15\r\n\r\n{"refresh":"r"}`);
  expect(await readUntil(socket, '}')).toContain('Unsupported media type \\"application/json, text/plain\\" in request.');
  socket.destroy();
});

it('keeps the header fields that were set before, but for its own', async () => {
  const handler = createTokenHandler(fakeService().service);
  const port = await serving((request, response) => {
    response.setHeader('X-Request-Id', '17').setHeader('Content-Type', 'text/html');
    return handler(request, response);
  });
  const answer = await fetch(`http://127.0.0.1:${port}/api/token/refresh`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: '{"refresh":"r"}',
  });
  expect(answer.status).toBe(200);
  expect([answer.headers.get('x-request-id'), answer.headers.get('content-type')]).toEqual(['17', 'application/json']);
});

it.each<[string, (request: IncomingMessage) => Promise<unknown>, string]>([
  ['finds no field in a body that was read before', (request) => once(request.resume(), 'end'), '400 Bad Request'],
  ['reads a body that was paused before', async (request) => request.pause(), '200 OK'],
])('%s', async (_what, before, status) => {
  const handler = createTokenHandler(fakeService().service);
  const port = await serving(async (request, response) => {
    await before(request);
    await handler(request, response);
  });
  const socket = await connected(port);
  socket.write(`${HEAD}Content-Length: 15\r\n\r\n{"refresh":"r"}`);
  expect(await readUntil(socket, '}')).toContain(status);
  socket.destroy();
});

it('does not wait for the body of a client that had gone away before', async () => {
  const fake = fakeService();
  const handler = createTokenHandler(fake.service);
  const served = new EventEmitter();
  const [reaching, handling] = [once(served, 'reached'), once(served, 'handled')];
  const port = await serving(async (request, response) => {
    const gone = new Promise((resolve) => request.once('close', resolve));
    served.emit('reached');
    await gone;
    await handler(request, response);
    served.emit('handled');
  });
  const socket = await connected(port);
  socket.write(`${HEAD}Content-Length: 15\r\n\r\n{"ref`);
  await reaching;
  socket.destroy();
  await handling;
  expect(fake.calls).toEqual([]);
});
