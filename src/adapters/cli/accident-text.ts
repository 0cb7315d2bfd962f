import { ConfigError, TokenError } from '../../domain/errors.ts';

/**
 * An error for the log. Only messages written here are repeated: those of others may quote a request, and with it a token or a password,
 * so of them the name, the code and the places in the code are told.
 */
export function accidentText(error: unknown): string {
  if (error instanceof TokenError || error instanceof ConfigError) return `${error.code}: ${error.message}`;
  if (!(error instanceof Error)) return 'something that is no Error was thrown';
  const code = 'code' in error && typeof error.code === 'string' && /^[A-Z0-9_]{1,40}$/.test(error.code) ? ` ${error.code}` : '';
  const [, below = ''] = (error.stack ?? '').split(error.message === '' ? error.name : error.message, 2);
  const frames = below.split('\n').filter((line) => FRAME.test(line));
  return [`${error.name}${code}`, ...frames.slice(0, MOST_FRAMES)].join('\n');
}

const FRAME = /^\s+at .*:\d+:\d+\)?$/;
const MOST_FRAMES = 8;
