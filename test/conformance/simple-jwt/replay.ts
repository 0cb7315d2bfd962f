import { createHmac, generateKeyPairSync, sign, type RSAKeyPairOptions } from 'node:crypto';
import { createServiceHandler } from '../../../src/adapters/http/fetch.ts';
import { memoryStore } from '../../../src/adapters/storage/memory.ts';
import { memoryUsers } from '../../../src/adapters/users/memory.ts';
import { createTokenService } from '../../../src/index.ts';
import { decode, givenAnswer, isObject, recordedAnswer, type Answer } from './answers.ts';
import { compare, Instant, NEW_JTI } from './compare.ts';
import { DIFFERENCES, type Difference } from './differences.ts';
import { presentedClaims, type Recording, type RecordedToken, type Scenario } from './recording.ts';
import { optionsOf } from './settings.ts';

export interface Replayed {
  /** Where the answer is neither the recorded nor the stated one. */
  readonly mismatches: readonly string[];
  /** The rules that made the stated answer of the recorded one. */
  readonly rules: readonly Difference[];
}

/** A server as it was recorded, with its clock stopped: takes the scenarios of one group in their order. */
export function createReplay({ meta }: Recording, settings: Scenario['settings']) {
  let now = 0;
  const users = memoryUsers(
    meta.users.map(({ is_active: isActive, is_staff: isStaff = false, ...user }) => ({ ...user, isActive, isStaff })),
  );
  const own = settings['ALGORITHM'] === 'RS256' ? generateKeyPairSync('rsa', RSA) : undefined;
  const keys = own === undefined ? {} : { signingKey: own.privateKey, verifyingKey: own.publicKey };
  const defaults = { signingKey: meta.signing_key_unless_settings_say_otherwise, users, store: memoryStore(), clock: () => now };
  const service = createTokenService({ ...defaults, ...optionsOf(settings), ...keys });
  const handle = createServiceHandler(service);
  /** Our own tokens for those of the recording that no key or fingerprint of ours made: `parity/README.md`. */
  const substitutes = new Map<string, string>();

  async function http(scenario: Scenario): Promise<Replayed> {
    if (own !== undefined) substituteHandSigned(scenario, own, substitutes);
    const response = await handle(requestOf(scenario, substitutes));
    if (OWN_TOKENS.has(scenario.group)) await substituteIssued(scenario, response.clone(), substitutes);
    const { expected, rules } = statedAnswer(scenario);
    return { mismatches: compare(expected, await givenAnswer(scenario, response)), rules };
  }

  async function control({ request, response }: Scenario): Promise<Replayed> {
    if (request.path === '/__oracle/flush/') await service.flushExpired();
    if (request.path === '/__oracle/user/') {
      const { username, password, ...patch } = request.body as { username: string; password?: string };
      const user = meta.users.find((one) => one.username === username);
      if (user === undefined) throw new TypeError(`the recording changes an unknown user: ${username}`);
      if (password !== undefined) await users.setPassword(user.id, password);
      users.update(user.id, optionsOf(patch));
    }
    if (request.path !== '/__oracle/state/') return { mismatches: [], rules: [] };
    const recorded = (response.body as { users: Readonly<Record<string, unknown>> }).users;
    const state: Record<string, unknown> = {};
    for (const { id, username } of meta.users) {
      const user = await users.findById(String(id), {});
      state[username] = { id, is_active: user?.isActive, last_login_is_set: user?.['lastLogin'] !== undefined };
    }
    const bare = { status: 200, tokens: {}, wwwAuthenticate: null, allow: null };
    return { mismatches: compare({ ...bare, body: recorded }, { ...bare, body: state }), rules: [] };
  }

  return {
    async play(scenario: Scenario): Promise<Replayed> {
      now = Math.floor(scenario.now);
      return scenario.kind === 'http' ? http(scenario) : control(scenario);
    },
  };
}

/** The recorded answer, changed by every rule that applies to it. */
export function statedAnswer(scenario: Scenario): { readonly expected: Answer; readonly rules: readonly Difference[] } {
  let expected = recordedAnswer(scenario);
  const rules: Difference[] = [];
  for (const rule of DIFFERENCES) {
    if (!rule.applies(scenario, expected)) continue;
    rules.push(rule);
    expected = rule.expected(expected, scenario);
  }
  return { expected: withShapes(expected, scenario), rules };
}

/** What cannot be the same twice: identifiers drawn anew by shape, times by the clock. */
function withShapes(answer: Answer, scenario: Scenario): Answer {
  const presented = presentedClaims(scenario) ?? {};
  const shaped = (claims: object): object =>
    Object.fromEntries(
      Object.entries(claims).map(([name, value]: [string, unknown]) => {
        if (DRAWN.has(name))
          return [
            name,
            Object.hasOwn(presented, name) && presented[name] === value && !OWN_TOKENS.has(scenario.group) ? value : NEW_JTI,
          ];
        return [name, TIMES.has(name) && typeof value === 'number' ? new Instant(value) : value];
      }),
    );
  const tokens = Object.entries(answer.tokens).map(([name, { header, payload }]): [string, RecordedToken] => [
    name,
    { header, payload: shaped(payload as object) },
  ]);
  const { body } = answer;
  const ownClaims = OWN_TOKENS.has(scenario.group) && isObject(body) && isObject(body['auth']);
  return {
    ...answer,
    tokens: Object.fromEntries(tokens),
    body: ownClaims ? { ...body, auth: shaped(body['auth'] as object) } : body,
  };
}

function requestOf({ request }: Scenario, substitutes: ReadonlyMap<string, string>): Request {
  const { method, path, headers, body, raw_body, raw_body_base64 } = request;
  const substituted = (text: string): string =>
    [...substitutes].reduce((changed, [recorded, ours]) => changed.replaceAll(recorded, ours), text);
  const text = raw_body ?? (body === undefined ? undefined : JSON.stringify(body));
  const content =
    raw_body_base64 === undefined ? text && new TextEncoder().encode(substituted(text)) : Buffer.from(raw_body_base64, 'base64');
  const sent = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, substituted(value)]));
  return new Request(`http://localhost${path}`, {
    method,
    headers: sent,
    body: content === undefined || content === '' ? null : content,
  });
}

/** From the answer of a step: our token for the recorded one of the same name. */
async function substituteIssued({ response }: Scenario, given: Response, substitutes: Map<string, string>): Promise<void> {
  const recorded = response.body;
  const ours: unknown = await given.json();
  if (!isObject(recorded) || !isObject(ours)) return;
  for (const name of Object.keys(response.tokens ?? {})) substitutes.set(String(recorded[name]), String(ours[name]));
}

/** Of the hand-signed tokens of `rs256`, those whose point is the key, signed again with ours. */
function substituteHandSigned(
  { name, request }: Scenario,
  { privateKey, publicKey }: Record<'privateKey' | 'publicKey', string>,
  substitutes: Map<string, string>,
): void {
  const signatures: Readonly<Record<string, (data: Buffer) => Buffer>> = {
    'RS256: hand-signed with the right key': (data) => sign('sha256', data, privateKey),
    'RS256: HS256 token keyed with the public key (algorithm confusion)': (data) =>
      createHmac('sha256', publicKey).update(data).digest(),
  };
  const signature = signatures[name];
  const [, token = ''] = (request.headers['Authorization'] ?? '').split(' ');
  if (signature === undefined) return;
  const input = token.slice(0, token.lastIndexOf('.'));
  substitutes.set(token, `${input}.${signature(Buffer.from(input)).toString('base64url')}`);
  decode(token); // a recording that holds no token here would prove nothing
}

const RSA: RSAKeyPairOptions<'pem', 'pem'> = {
  modulusLength: 2048,
  publicKeyEncoding: { type: 'spki', format: 'pem' },
  privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
};
const OWN_TOKENS: ReadonlySet<string> = new Set(['rs256', 'revoke-on-password-change']);
const DRAWN: ReadonlySet<string> = new Set(['jti', 'family_id']);
const TIMES: ReadonlySet<string> = new Set(['exp', 'iat', 'refresh_exp', 'family_exp']);
