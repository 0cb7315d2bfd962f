import { TOKEN_ERRORS, TokenError, type TokenErrorCode } from '../../domain/errors.ts';
import { accident, answer } from './answers.ts';
import type { Challenges } from './bearer.ts';
import type { HttpRoutesOptions, TokenHttpAnswer } from './exchange.ts';

export interface RefusalTerms {
  readonly challenges: Challenges;
  /** The field that a 400 is about. */
  readonly field?: string;
  readonly onError?: HttpRoutesOptions['onError'];
}

/** The answer to what a use-case threw: a `TokenError` answers by its row of the code table, all else is an accident. */
export function refusal(error: unknown, { challenges, field = 'non_field_errors', onError }: RefusalTerms): TokenHttpAnswer {
  if (!(error instanceof TokenError)) return accident(error, onError);
  const { status, code, message } = error;
  switch (status) {
    case 400: // all 400s of the code table are about what a field holds, so they are listed under it, without a code
      return answer(400, { [field]: [message] });
    case 401:
      return answer(401, bodyOf(error), { 'WWW-Authenticate': NO_TOKEN.has(code) ? challenges.missing : challenges.refused });
    case 503:
      return answer(503, bodyOf(error), { 'Retry-After': RETRY_SECONDS });
    default:
      return answer(status, bodyOf(error));
  }
}

/** RFC 6750 section 3.1: a request that carried nothing is told only what is missing. */
export function unauthenticated(challenge: string): TokenHttpAnswer {
  return answer(401, { detail: TOKEN_ERRORS.not_authenticated.detail }, { 'WWW-Authenticate': challenge });
}

function bodyOf({ code, message: detail, attempts }: TokenError): Readonly<Record<string, unknown>> {
  if (attempts === undefined) return { detail, code: TOKEN_ERRORS[code].body, reason: code };
  const messages = attempts.map((attempt) => ({
    token_class: attempt.tokenClass,
    token_type: attempt.tokenType,
    message: attempt.detail,
  }));
  return { detail: 'Given token not valid for any token type', code: 'token_not_valid', messages, reason: code };
}

const RETRY_SECONDS = '1';

/** The codes of a 401 that no token was refused with. */
const NO_TOKEN: ReadonlySet<TokenErrorCode> = new Set(['not_authenticated', 'bad_authorization_header']);
