import { EventEmitter, once } from 'node:events';
import { Agent, get, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer, type AddressInfo } from 'node:net';
import { expect, it } from 'vitest';
import { listen, ListenError } from '../../../src/adapters/cli/http-server.ts';

const HERE = { host: '127.0.0.1', port: 0 };

async function fetchThrough(agent: Agent, url: string): Promise<{ status: number | undefined; text: string }> {
  const [response] = (await once(get(url, { agent }), 'response')) as [IncomingMessage];
  let text = '';
  for await (const chunk of response) text += String(chunk);
  return { status: response.statusCode, text };
}

it('answers the open request, and closes its kept connection, before it is drained', async () => {
  const requests = new EventEmitter();
  const server = await listen((_request, response) => void requests.emit('request', response), HERE);
  const agent = new Agent({ keepAlive: true });
  const arriving = once(requests, 'request') as Promise<[ServerResponse]>;
  const pending = fetchThrough(agent, server.url);
  const [response] = await arriving;
  const drained = server.drain();
  response.end('done');
  expect(await pending).toEqual({ status: 200, text: 'done' });
  await drained;
  await expect(fetchThrough(new Agent(), server.url)).rejects.toThrow('ECONNREFUSED');
  agent.destroy();
});

it('cuts off a request that does not end in time', async () => {
  const requests = new EventEmitter();
  const server = await listen(() => void requests.emit('request'), HERE, 0.1);
  const arriving = once(requests, 'request');
  const pending = fetchThrough(new Agent(), server.url).catch((error: unknown) => error);
  await arriving;
  await server.drain();
  expect(await pending).toBeInstanceOf(Error);
});

it('says that a port is in use', async () => {
  const other = createServer().listen(0, '127.0.0.1');
  await once(other, 'listening');
  const { port } = other.address() as AddressInfo;
  const listening = listen(() => undefined, { host: '127.0.0.1', port });
  await expect(listening).rejects.toThrow(ListenError);
  await expect(listening).rejects.toThrow(`port ${port} on 127.0.0.1 is in use`);
  other.close();
});

it('says that a host is not this machine', async () => {
  await expect(listen(() => undefined, { host: '192.0.2.1', port: 0 })).rejects.toThrow('--host names no address');
});
