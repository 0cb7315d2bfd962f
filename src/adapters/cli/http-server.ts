import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { UsageError } from './command.ts';

export interface Address {
  readonly host: string;
  readonly port: number;
}

export interface Listening {
  /** Where a client on this machine finds it. */
  readonly url: string;
  /** Answers open requests, takes no new ones, and resolves when all connections are closed, at the latest after `drainSeconds`. */
  drain(): Promise<void>;
}

/** Serves until it is drained. Throws `ListenError` when the address cannot be had. */
export async function listen(handler: RequestListener, address: Address, drainSeconds = DRAIN_SECONDS): Promise<Listening> {
  const server = createServer({ requestTimeout: REQUEST_TIMEOUT_MS }, handler);
  server.listen(address.port, address.host);
  try {
    await once(server, 'listening');
  } catch (error) {
    throw listenError(error, address);
  }
  const { port } = server.address() as AddressInfo; // a TCP server's; port 0 has become a real one
  return { url: urlOf(address.host, port), drain: () => drain(server, drainSeconds) };
}

/** The address cannot be had; the message says what to change. */
export class ListenError extends Error {
  static {
    this.prototype.name = 'ListenError';
  }
}

async function drain(server: Server, seconds: number): Promise<void> {
  const closed = once(server, 'close');
  server.close();
  // a connection that is kept alive becomes idle only when its request is answered
  const sweep = setInterval(() => server.closeIdleConnections(), SWEEP_MS);
  const deadline = setTimeout(() => server.closeAllConnections(), seconds * 1000);
  server.closeIdleConnections();
  await closed;
  clearInterval(sweep);
  clearTimeout(deadline);
}

function listenError(error: unknown, { host, port }: Address): Error {
  const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown';
  if (code === 'ENOTFOUND' || code === 'EADDRNOTAVAIL')
    return new UsageError(`--host names no address of this machine (${code})`);
  const reason = LISTEN_REASONS.get(code) ?? `cannot be listened on (${code})`;
  return new ListenError(`port ${port} on ${host} ${reason}`);
}

/** A server on every address is reached through the loopback one. */
function urlOf(host: string, port: number): string {
  const reachable = host === '0.0.0.0' ? '127.0.0.1' : host === '::' ? '::1' : host;
  return `http://${reachable.includes(':') ? `[${reachable}]` : reachable}:${port}`;
}

const LISTEN_REASONS: ReadonlyMap<string, string> = new Map([
  ['EADDRINUSE', 'is in use: stop what listens there, or choose another with --port'],
  ['EACCES', 'is not for this user to listen on: choose one above 1023 with --port'],
]);

const DRAIN_SECONDS = 8; // docker stop gives ten
const SWEEP_MS = 50;
const REQUEST_TIMEOUT_MS = 30_000;
