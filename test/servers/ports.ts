import { once } from 'node:events';
import { createServer } from 'node:net';

/** A port of the loopback that is free, as is the one 10,000 above it, on which the nodes of a cluster talk. Below those the system gives out. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = 10_000 + Math.floor(Math.random() * 12_000);
    if (!given.has(port) && (await isFree(port)) && (await isFree(port + 10_000))) {
      given.add(port);
      return port;
    }
  }
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer();
  try {
    server.listen(port, '127.0.0.1');
    await once(server, 'listening');
    return true;
  } catch {
    return false;
  } finally {
    server.close();
  }
}

const given = new Set<number>();
