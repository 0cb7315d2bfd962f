import { createServer, request as send, type IncomingMessage, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { TokenService } from '../../../src/application/token-service.ts';
import { createServiceHandler as fetchHandler } from '../../../src/adapters/http/fetch.ts';
import { createServiceHandler as nodeHandler } from '../../../src/adapters/http/node.ts';
import type { ServiceRoutesOptions } from '../../../src/adapters/http/service-routes.ts';

export interface Sent {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Bytes, text, or a value that goes as JSON. */
  readonly body?: Uint8Array<ArrayBuffer> | string | object;
}

export interface Received {
  readonly status: number;
  readonly headers: { get(name: string): string | null };
  readonly text: string;
  /** The body where it is JSON. */
  readonly json: unknown;
}

export interface Disposing {
  [Symbol.asyncDispose](): Promise<void>;
}

export type Driver = (path: string, sent?: Sent) => Promise<Received>;

/** The same cases go through both: what they share must answer alike. */
export const DRIVERS: readonly {
  readonly name: string;
  drive(service: TokenService, options?: ServiceRoutesOptions): Promise<Driver & Disposing>;
}[] = [
  {
    name: 'http/fetch',
    drive: async (service, options) => disposable(throughFetch(fetchHandler(service, options)), async () => {}),
  },
  {
    name: 'http/node',
    drive: async (service, options) => {
      const handler = nodeHandler(service, options);
      const server = await listen((request, response) => void handler(request, response));
      return disposable(throughNode(server.port), () => server[Symbol.asyncDispose]());
    },
  },
];

function throughFetch(handler: (request: Request) => Promise<Response>): Driver {
  return async (path, { method = 'POST', headers = {}, body } = {}) => {
    const response = await handler(
      new Request(`http://localhost${path}`, { method, headers: withJsonType(headers, body), body: bytesOf(body) ?? null }),
    );
    return received(response.status, response.headers, await response.text());
  };
}

function throughNode(port: number): Driver {
  return async (path, { method = 'POST', headers = {}, body } = {}) => {
    const response = await new Promise<IncomingMessage>((resolve, reject) => {
      const content = bytesOf(body);
      const length: Record<string, string> = content === undefined ? {} : { 'content-length': String(content.byteLength) };
      send({ port, path, method, headers: { ...length, ...withJsonType(headers, body) } }, resolve)
        .on('error', reject)
        .end(content);
    });
    const chunks: Uint8Array[] = [];
    for await (const chunk of response) chunks.push(chunk);
    const get = (name: string): string | null => {
      const value = response.headers[name.toLowerCase()];
      return value === undefined ? null : String(value);
    };
    return received(response.statusCode ?? 0, { get }, Buffer.concat(chunks).toString());
  };
}

/** A server on a port of its own, closed with its connections when it is disposed of. */
export async function listen(
  listener: (...exchange: Parameters<RequestListener>) => unknown,
): Promise<{ readonly port: number } & Disposing> {
  const server = createServer((request, response) => void listener(request, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const close = (): Promise<void> =>
    new Promise((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
  return { port: (server.address() as AddressInfo).port, [Symbol.asyncDispose]: close };
}

function bytesOf(body: Sent['body']): Uint8Array<ArrayBuffer> | undefined {
  if (body === undefined || body instanceof Uint8Array) return body;
  return new TextEncoder().encode(typeof body === 'string' ? body : JSON.stringify(body));
}

function withJsonType(headers: Readonly<Record<string, string>>, body: Sent['body']): Record<string, string> {
  const isValue = typeof body === 'object' && !(body instanceof Uint8Array);
  return isValue ? { 'content-type': 'application/json', ...headers } : { ...headers };
}

function received(status: number, headers: Received['headers'], text: string): Received {
  return { status, headers, text, json: text === '' ? undefined : JSON.parse(text) };
}

function disposable(driver: Driver, close: () => Promise<void>): Driver & Disposing {
  return Object.assign(driver, { [Symbol.asyncDispose]: close });
}
