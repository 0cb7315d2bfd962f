import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export type Answer = (response: ServerResponse, request: IncomingMessage) => void;

/** A server on loopback whose answers go wrong as told, and which counts what it is asked. */
export interface FaultServer {
  readonly url: string;
  /** What every request from now on gets. */
  answer: Answer;
  /** The paths that were asked for, in order. */
  readonly asked: string[];
  /** How many answers were still being written when their client went away. */
  readonly cutOff: number;
  close(): void;
}

export async function faultServer(answer: Answer): Promise<FaultServer> {
  const asked: string[] = [];
  let cutOff = 0;
  const server = createServer((request, response) => {
    asked.push(request.url ?? '');
    response.on('close', () => {
      if (!response.writableFinished) cutOff += 1;
    });
    faults.answer(response, request);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const faults = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    answer,
    asked,
    get cutOff() {
      return cutOff;
    },
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
  return faults;
}

export function json(value: unknown, headers: Readonly<Record<string, string>> = {}): Answer {
  return (response) =>
    void response.writeHead(200, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(value));
}

export const status =
  (code: number, headers: Readonly<Record<string, string>> = {}): Answer =>
  (response) =>
    void response.writeHead(code, headers).end('no');

export const hangs: Answer = () => undefined;

/** Headers at once, then one blank after the other, for ever. */
export const drips: Answer = (response) => {
  response.writeHead(200, { 'content-type': 'application/json' });
  const timer = setInterval(() => response.write(' '), 5);
  response.on('close', () => clearInterval(timer));
};

/** As much as the client takes, up to a gigabyte. */
export const floods: Answer = (response) => {
  const block = Buffer.alloc(64 * 1024, ' ');
  let left = 2 ** 30 / block.length;
  response.writeHead(200, { 'content-type': 'application/json' });
  const write = (): void => {
    while (left > 0 && !response.destroyed) {
      left -= 1;
      if (!response.write(block)) return void response.once('drain', write);
    }
    response.end();
  };
  write();
};

/** Closes the connection in the middle of a document. */
export const breaksOff: Answer = (response) => {
  response.writeHead(200, { 'content-length': '1000' }).write('{"keys":');
  setTimeout(() => response.destroy(), 5);
};
