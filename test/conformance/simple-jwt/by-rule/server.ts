import { remoteJwks } from '../../../../src/adapters/keys/remote-jwks.ts';
import { allowInsecureHttp } from '../../../../src/adapters/keys/remote-options.ts';
import { createServiceHandler } from '../../../../src/adapters/http/fetch.ts';
import { memoryStore } from '../../../../src/adapters/storage/memory.ts';
import { memoryUsers } from '../../../../src/adapters/users/memory.ts';
import { createTokenService } from '../../../../src/index.ts';
import { givenAnswer, type Answer } from '../answers.ts';
import { readRecording, type Scenario } from '../recording.ts';
import { NOW, SECRET } from './tokens.ts';

/** A request, as little of it as a row needs. Content is sent as bytes, so that nothing adds a Content-Type. */
export interface Sent {
  readonly method?: string;
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly json?: unknown;
  readonly raw?: string | Uint8Array;
}

export type Settings = Readonly<Record<string, unknown>>;

export const post = (path: string, json: unknown, headers: Sent['headers'] = {}): Sent => ({
  method: 'POST',
  path: `/api/token/${path}`,
  json,
  headers: { 'Content-Type': 'application/json', ...headers },
});
export const postRaw = (path: string, raw: string | Uint8Array, type?: string): Sent => ({
  method: 'POST',
  path: `/api/token/${path}`,
  raw,
  headers: type === undefined ? {} : { 'Content-Type': type },
});
export const get = (route: string, authorization?: string, headers: Sent['headers'] = {}): Sent => ({
  path: `/api/${route}/`,
  headers: authorization === undefined ? headers : { Authorization: authorization, ...headers },
});

/** A server with the recorded users and its clock stopped at NOW, or at what `at` sets. */
export function createServer(settings: Settings = {}) {
  let now = NOW;
  const { allowInactive = false, ...options } = settings;
  const accounts = readRecording('simple-jwt').meta.users.map(({ is_active: isActive, ...user }) => ({ ...user, isActive }));
  const users = memoryUsers(accounts, { allowInactive: allowInactive === true });
  const defaults = { signingKey: SECRET, users, store: memoryStore(), clock: () => now };
  const service = createTokenService({ ...defaults, ...options });
  const handle = createServiceHandler(service);
  return {
    users,
    at(time: number) {
      now = time;
    },
    async send({ method = 'GET', path, headers = {}, json, raw }: Sent) {
      const content = raw ?? (json === undefined ? undefined : JSON.stringify(json));
      const body = content === undefined ? null : Buffer.from(content);
      const response = await handle(new Request(`http://localhost${path}`, { method, headers, body }));
      const copy = response.clone();
      // only GET shows who is asking
      const shown = method === 'GET' ? `${path.replace(/\/?(\?.*)?$/, '')}/` : '/';
      const given: Answer = await givenAnswer({ request: { method, path: shown } } as Scenario, response);
      const answer: Answer = given.status === 401 ? { ...given, allow: null } : given;
      return { answer, text: await copy.text(), headers: copy.headers };
    },
  };
}

export type Server = ReturnType<typeof createServer>;

/** Keys of another issuer, from a document that a test holds in its hand. */
export function jwksFrom(answer: () => Response | Promise<Response>, clock: () => number, options: object = {}) {
  return remoteJwks('http://127.0.0.1/jwks.json', { fetch: async () => answer(), clock, ...options, [allowInsecureHttp]: true });
}
