import type { RecordedToken, Scenario } from './recording.ts';

/** What is compared of an answer. */
export interface Answer {
  readonly status: number;
  /** Without the tokens it issues; of the routes that show the user, only that user's id as a string, and the claims. */
  readonly body: unknown;
  /** The tokens it issues, decoded. */
  readonly tokens: Readonly<Record<string, RecordedToken>>;
  readonly wwwAuthenticate: string | null;
  /** Only of 405 and OPTIONS. */
  readonly allow: string | null;
}

/** The answer as the real server gave it. */
export function recordedAnswer({ request, response }: Scenario): Answer {
  const { status, headers, body } = response;
  return comparable(request, status, body === '' ? undefined : body, new Headers(headers));
}

/** The answer of a handler under test. */
export async function givenAnswer({ request }: Scenario, response: Response): Promise<Answer> {
  const text = await response.text();
  return comparable(request, response.status, text === '' ? undefined : JSON.parse(text), response.headers);
}

function comparable({ method, path }: Scenario['request'], status: number, body: unknown, headers: Headers): Answer {
  const tokens: Record<string, RecordedToken> = {};
  const rest: Record<string, unknown> = {};
  if (isObject(body) && status === 200) {
    for (const [name, value] of Object.entries(body)) {
      if (typeof value === 'string' && value.split('.').length === 3) tokens[name] = decode(value);
      else rest[name] = value;
    }
  }
  return {
    status,
    body: status !== 200 ? body : SHOWS_USER.test(path) ? whoIs(body) : rest,
    tokens,
    wwwAuthenticate: headers.get('www-authenticate'),
    allow: status === 405 || method === 'OPTIONS' ? headers.get('allow') : null,
  };
}

function whoIs(body: unknown): unknown {
  const { user, auth } = body as { user: { id: unknown } | null; auth: unknown };
  return { user: user === null || user.id === null ? null : String(user.id), auth };
}

export function decode(token: string): RecordedToken {
  const [header = '', payload = ''] = token.split('.').map((part) => Buffer.from(part, 'base64url').toString());
  return { header: JSON.parse(header) as RecordedToken['header'], payload: JSON.parse(payload) };
}

export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

const SHOWS_USER = /^\/api\/(protected|stateless|optional)\//;
