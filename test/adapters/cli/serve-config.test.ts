import { describe, expect, it } from 'vitest';
import { parseConfigFile } from '../../../src/adapters/cli/serve-config.ts';
import { ConfigError } from '../../../src/domain/errors.ts';

const parse = (value: unknown) => parseConfigFile(Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)));
const user = { id: 1, username: 'ada', password: 'secret' };

describe('a configuration file', () => {
  it('holds settings as they are, and users', () => {
    const parsed = parse({ signingKey: 'k', leeway: 5, users: [user, { ...user, id: '2', username: 'bob', isActive: false }] });
    expect(parsed.settings).toEqual({ signingKey: 'k', leeway: 5 });
    expect(parsed.users.map(({ id, isActive }) => [id, isActive])).toEqual([
      [1, true],
      ['2', false],
    ]);
  });

  it.each([
    ['[]', 'one JSON object'],
    ['{"a":1,"a":2}', 'no name twice'],
    ['\uFEFF{}', 'UTF-8'],
    ['{"signingKey":"s3cret-value",}', 'one JSON object'],
    [{ store: 'memory:' }, 'store is code'],
    [{ events: {} }, 'events is code'],
    [{ users: {} }, 'users must be a list'],
    [{ users: ['ada'] }, 'users must be a list'],
    [{ users: [{ ...user, is_active: false }] }, 'did you mean isActive?'],
    [{ users: [{ ...user, isActive: 'false' }] }, 'users.isActive must be true or false'],
    [{ users: [{ ...user, password: 5 }] }, 'users.password must be a string'],
    [{ users: [{ ...user, username: null }] }, 'users.username must be a string'],
    [{ users: [{ username: 'a', password: 'b' }] }, 'users.id must be a string or a number'],
  ])('%j is refused', (value, message) => {
    expect(() => parse(value)).toThrow(ConfigError);
    expect(() => parse(value)).toThrow(message);
    expect(() => parse(value)).not.toThrow('s3cret-value');
  });
});
