import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';

/** A TCP proxy on the loopback, to break connections at a place of one's choice. */
export interface Proxy {
  readonly port: number;
  /** Closes every connection as soon as its client sends something, which the server never hears. */
  cutBeforeSend(): void;
  /** Closes every connection as soon as the server answers something, which the client never hears. */
  cutAfterApply(): void;
  readonly cuts: number;
  /** Lets nothing through in either direction, as a network that has parted; new connections are taken, and hear nothing. */
  part(): void;
  /** Lets it all through again, with what has waited meanwhile. */
  heal(): void;
  close(): Promise<void>;
}

export async function startProxy(target: number, host = '127.0.0.1'): Promise<Proxy> {
  const pairs = new Set<Pair>();
  let cuts = 0;
  let parted = false;
  const server = createServer({ noDelay: true }, (client) => {
    const upstream = connect({ port: target, host, noDelay: true });
    const pair: Pair = { client, upstream, cut: 'none' };
    pairs.add(pair);
    const end = () => {
      pairs.delete(pair);
      client.destroy();
      upstream.destroy();
    };
    const cut = () => {
      cuts++;
      end();
    };
    client.on('data', (chunk) => (pair.cut === 'before send' ? cut() : void upstream.write(chunk)));
    upstream.on('data', (chunk) => (pair.cut === 'after apply' ? cut() : void client.write(chunk)));
    for (const socket of [client, upstream]) {
      socket.on('error', end).on('close', end);
      if (parted) socket.pause();
    }
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('a TCP server has a port');
  const mark = (place: Pair['cut']) => {
    for (const pair of pairs) pair.cut = place;
  };

  return {
    port: address.port,
    cutBeforeSend: () => mark('before send'),
    cutAfterApply: () => mark('after apply'),
    get cuts() {
      return cuts;
    },
    part() {
      parted = true;
      for (const { client, upstream } of pairs) [client, upstream].forEach((socket) => socket.pause());
    },
    heal() {
      parted = false;
      for (const { client, upstream } of pairs) [client, upstream].forEach((socket) => socket.resume());
    },
    async close() {
      server.close();
      for (const { client, upstream } of pairs) [client, upstream].forEach((socket) => socket.destroy());
      await once(server, 'close');
    },
  };
}

interface Pair {
  readonly client: Socket;
  readonly upstream: Socket;
  cut: 'none' | 'before send' | 'after apply';
}
