import { ConfigError, TokenError } from '../domain/errors.ts';

/** Whether refusals tell where they were met: `brief` ones have no stack trace, which is most of what a refusal costs. */
export type ErrorStyle = 'brief' | 'full';

export function parseErrorStyle(value: unknown): ErrorStyle {
  if (value === undefined || value === 'brief') return 'brief';
  if (value === 'full') return 'full';
  throw new ConfigError('invalid_option', 'errors', "errors must be 'brief' (the default: no stack traces) or 'full'");
}

/** Gives a refusal the stack trace of whoever called `edge`. Other errors have their own. */
export function traced<E>(error: E, edge: (...args: never[]) => unknown): E {
  if (error instanceof TokenError) V8_ERRORS.captureStackTrace?.(error, edge);
  return error;
}

/** The same functions, whose refusals carry the stack trace of their caller, across its awaits. */
export function withTraces<UseCases extends Readonly<Record<string, unknown>>>(useCases: UseCases): UseCases {
  const entries = Object.entries(useCases).map(([name, run]) => [name, isUseCase(run) ? withTrace(run) : run] as const);
  return Object.fromEntries(entries) as UseCases;
}

type UseCase = (...args: readonly unknown[]) => unknown;

function withTrace(run: UseCase): UseCase {
  return function tracedRun(...args) {
    const result = run(...args);
    return result instanceof Promise ? tracedPromise(result) : result;
  };
}

async function tracedPromise(result: Promise<unknown>): Promise<unknown> {
  try {
    return await result;
  } catch (error) {
    throw traced(error, tracedPromise);
  }
}

function isUseCase(value: unknown): value is UseCase {
  return typeof value === 'function';
}

const V8_ERRORS: { captureStackTrace?(error: Error, below: (...args: never[]) => unknown): void } = Error;
