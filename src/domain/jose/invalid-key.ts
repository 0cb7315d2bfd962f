import { ConfigError } from '../errors.ts';

/** What every reader of keys throws: the option, what is wrong with its key, and what to do. Never a part of the key. */
export function invalidKey(option: string, complaint: string, cause?: unknown): ConfigError {
  return new ConfigError('invalid_key', option, `${option} ${complaint}.`, cause);
}
