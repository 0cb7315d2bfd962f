import { readFile } from 'node:fs/promises';
import { refuseUnknown } from '../../application/option-names.ts';
import { ConfigError } from '../../domain/errors.ts';
import { isJsonObject, parseJsonObject } from '../../domain/jose/json-object.ts';
import { UsageError } from './command.ts';

/** What a service is made of that is data: options by name, not looked at yet, and users. */
export interface ServeConfig {
  readonly settings: Readonly<Record<string, unknown>>;
  readonly users: readonly ServedUser[];
}

/** A type and not an interface, so that it passes as a record. */
export type ServedUser = {
  readonly id: string | number;
  readonly username: string;
  readonly password: string;
  readonly isActive: boolean;
};

/** Reads the file of --config. Throws `UsageError` where it cannot be read, `ConfigError` for what it says; neither quotes it. */
export async function readConfigFile(path: string): Promise<ServeConfig> {
  let octets: Uint8Array;
  try {
    octets = await readFile(path);
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown';
    throw new UsageError(`--config names a file that cannot be read (${code})`);
  }
  return parseConfigFile(octets);
}

/** Options are checked by the service that is made of them, except for those that no file can hold. */
export function parseConfigFile(octets: Uint8Array): ServeConfig {
  const document = parseJsonObject(octets);
  if (document === undefined) {
    throw new ConfigError(
      'invalid_option',
      'config',
      'the file of --config must be one JSON object in UTF-8, without a comment and no name twice',
    );
  }
  const { users = [], ...settings } = document;
  for (const name of Object.keys(settings)) {
    if (PORTS.has(name))
      throw new ConfigError('unknown_option', name, `${name} is code: it cannot come from the file of --config`);
  }
  if (!Array.isArray(users))
    throw new ConfigError('invalid_option', 'users', 'users must be a list of { id, username, password, isActive }');
  return { settings, users: users.map(parseUser) };
}

/** A misspelt isActive would be a locked user let in, so only what is understood may be there. */
function parseUser(value: unknown): ServedUser {
  if (!isJsonObject(value)) throw mistake('users', 'a list of { id, username, password, isActive }');
  refuseUnknown(value, ['id', 'username', 'password', 'isActive']);
  const { id, username, password, isActive = true } = value;
  if (typeof id !== 'string' && typeof id !== 'number') throw mistake('users.id', 'a string or a number');
  if (typeof username !== 'string') throw mistake('users.username', 'a string');
  if (typeof password !== 'string') throw mistake('users.password', 'a string');
  if (typeof isActive !== 'boolean') throw mistake('users.isActive', 'true or false');
  return { id, username, password, isActive };
}

function mistake(option: string, rule: string): ConfigError {
  return new ConfigError('invalid_option', option, `${option} must be ${rule}`);
}

/** The parts of a service. What else is a function is refused as any value of the wrong kind is. */
const PORTS: ReadonlySet<string> = new Set(['crypto', 'store', 'clock', 'events', 'keys']);
