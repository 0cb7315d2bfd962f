import { createTokenUser } from '../../../src/application/token-user.ts';
import type { TokenService } from '../../../src/application/token-service.ts';
import type { CallContext } from '../../../src/ports/user-repository.ts';

export interface FakeService {
  readonly service: TokenService;
  /** What the service was called with, in order. */
  readonly calls: readonly { readonly name: string; readonly args: readonly unknown[] }[];
}

type Answers = { readonly [Name in keyof TokenService]?: unknown };

/** A service whose calls are noted and answered by `answers`: a function is called, an Error is thrown, all else is the result. */
export function fakeService(answers: Answers = {}, config: Partial<TokenService['config']> = {}): FakeService {
  const calls: { name: string; args: readonly unknown[] }[] = [];
  const call =
    (name: string, fallback: unknown) =>
    async (...args: readonly unknown[]): Promise<unknown> => {
      calls.push({ name, args });
      const answer: unknown = Object.hasOwn(answers, name) ? answers[name as keyof Answers] : fallback;
      if (answer instanceof Error) throw answer;
      return typeof answer === 'function' ? answer(...args) : answer;
    };
  const service = Object.fromEntries(Object.entries(DEFAULT_ANSWERS).map(([name, fallback]) => [name, call(name, fallback)]));
  return { service: { ...service, config: { authHeaderTypes: ['Bearer'], ...config } } as unknown as TokenService, calls };
}

/** The context that the last call was given: always its last argument. */
export function lastContext({ calls }: FakeService): CallContext {
  return calls.at(-1)?.args.at(-1) as CallContext;
}

const CLAIMS = { token_type: 'access', user_id: '7', is_staff: true };

const DEFAULT_ANSWERS: Answers = {
  obtainPair: { refresh: 'R', access: 'A' },
  obtainSliding: { token: 'S' },
  refresh: { access: 'A2' },
  refreshSliding: { token: 'S2' },
  verify: CLAIMS,
  authenticate: {
    user: { id: 7, username: 'ada', isActive: true, password: 'p', credential: 'secret-hash', email: 'ada@example' },
    claims: CLAIMS,
  },
  authenticateStateless: { user: createTokenUser('7', CLAIMS), claims: CLAIMS },
  blacklist: undefined,
  blacklistFamily: undefined,
  publicJwks: { keys: [{ kty: 'OKP', crv: 'Ed25519', x: 'x' }] },
  keysMaxAgeSeconds: 300,
};
