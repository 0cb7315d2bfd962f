import { once } from 'node:events';
import { connect, createServer, type Server } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { startProxy, type Proxy } from './proxy.ts';

/** Answers each chunk in capitals, and remembers it. */
async function startUpperCase() {
  const heard: string[] = [];
  const server = createServer((socket) => {
    socket.on('error', () => undefined);
    socket.on('data', (chunk) => {
      heard.push(String(chunk));
      socket.write(String(chunk).toUpperCase());
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('a TCP server has a port');
  return { server, heard, port: address.port };
}

/** Says something, and answers what comes back until the connection ends or something has come. */
async function say(port: number, word: string, open = connect(port, '127.0.0.1')): Promise<string> {
  open.write(word);
  const [answer] = (await Promise.race([once(open, 'data'), once(open, 'close').then(() => ['closed'])])) as [unknown];
  return String(answer);
}

describe('the proxy that breaks connections', () => {
  let [server, proxy]: [Server?, Proxy?] = [];
  afterEach(async () => {
    await proxy?.close();
    server?.close();
  });

  it.each([
    ['passes on what comes, both ways', undefined, 'B', ['a', 'b']],
    ['cuts before the server hears', 'cutBeforeSend', 'closed', ['a']],
    ['cuts after the server has heard, before the client hears', 'cutAfterApply', 'closed', ['a', 'b']],
  ] as const)('%s', async (_what, cut, answer, expected) => {
    const upper = await startUpperCase();
    server = upper.server;
    proxy = await startProxy(upper.port);
    const socket = connect(proxy.port, '127.0.0.1');
    expect(await say(proxy.port, 'a', socket)).toBe('A');
    if (cut !== undefined) proxy[cut]();
    expect(await say(proxy.port, 'b', socket)).toBe(answer);
    expect(upper.heard).toEqual(expected);
    expect(proxy.cuts).toBe(cut === undefined ? 0 : 1);
    const another = connect(proxy.port, '127.0.0.1');
    expect(await say(proxy.port, 'c', another)).toBe('C');
    for (const open of [socket, another]) open.destroy();
  });
});
