import { createHook } from 'node:async_hooks';
import { describe, expect, it } from 'vitest';
import {
  memoryUsers,
  type MemoryUser,
  type MemoryUserPatch,
  type MemoryUsersOptions,
} from '../../../src/adapters/users/memory.ts';
import { hashPassword, passwordMatches } from '../../../src/adapters/users/password-hash.ts';

const LIST: readonly MemoryUser[] = [
  { id: 1, username: 'ada', password: 'secret', role: 'admin' },
  { id: 'b-2', username: 'bob', password: '  spaced  ' },
  { id: 3, username: 'cyd', password: 'gone', isActive: false },
];

const login = (username: unknown, password: unknown) => memoryUsers(LIST).authenticate({ username, password }, {});

describe('authenticate', () => {
  it('answers the user without the password', async () => {
    const user = await login('ada', 'secret');
    expect(user).toEqual({
      id: 1,
      username: 'ada',
      isActive: true,
      role: 'admin',
      credential: expect.stringMatching(/^scrypt\$16384\$8\$1\$/),
    });
    expect(JSON.stringify(user)).not.toContain('secret');
    expect(Object.isFrozen(user)).toBe(true);
  });

  it('takes a password with its blanks', async () => {
    expect(await login('bob', '  spaced  ')).toMatchObject({ id: 'b-2' });
    expect(await login('bob', 'spaced')).toBeNull();
  });

  it.each<[string, unknown, unknown]>([
    ['a wrong password', 'ada', 'Secret'],
    ['an unknown user', 'eve', 'secret'],
    ['another case', 'ADA', 'secret'],
    ['an inactive user', 'cyd', 'gone'],
    ['the password of the decoy', 'eve', ''],
    ['the name of the decoy', '', ''],
    ['no credentials', undefined, undefined],
    ['a number', 1, 'secret'],
    ['a list', ['ada'], ['secret']],
  ])('refuses %s', async (_name, username, password) => {
    expect(await login(username, password)).toBeNull();
  });

  it('lets inactive users in where told to', async () => {
    const users = memoryUsers(LIST, { allowInactive: true });
    expect(await users.authenticate({ username: 'cyd', password: 'gone' }, {})).toMatchObject({ id: 3, isActive: false });
    expect(await users.authenticate({ username: 'eve', password: '' }, {})).toBeNull();
  });

  // 12 logins are more than the thread pool works on at once: some are still under way when the change is made
  const racing = (users: ReturnType<typeof memoryUsers>) =>
    Array.from({ length: 12 }, async () => users.authenticate({ username: 'ada', password: 'secret' }, {}));

  it('answers the old password with the credential of the new one to no login that a change overtakes', async () => {
    const users = memoryUsers(LIST);
    const before = await users.findById('1', {});
    const changing = users.setPassword(1, 'new');
    const logins = racing(users);
    await changing;
    const after = await users.findById('1', {});
    const credentials = (await Promise.all(logins)).map((user) => user?.credential);
    expect(after?.credential).not.toBe(before?.credential);
    expect(credentials).not.toContain(after?.credential);
    expect(credentials).toContain(undefined); // overtaken, so refused
  });

  it.each<[string, (users: ReturnType<typeof memoryUsers>) => unknown]>([
    ['deleted', (users) => users.delete(1)],
    ['deactivated', (users) => users.update(1, { isActive: false })],
  ])('lets nobody in who is %s meanwhile', async (_change, change) => {
    const users = memoryUsers(LIST);
    await users.findById('1', {});
    const logins = racing(users);
    await Promise.resolve(); // each has looked the user up
    change(users);
    expect(await Promise.all(logins)).toEqual(logins.map(() => null));
  });

  it('derives one key for an unknown user, as for a wrong password: both take as long', async () => {
    const users = memoryUsers(LIST);
    await users.findById('1', {});
    let derived = 0;
    const hook = createHook({ init: (_id, type) => void (derived += Number(type === 'SCRYPTREQUEST')) }).enable();
    const keysFor = async (username: string): Promise<number> => {
      const before = derived;
      await users.authenticate({ username, password: 'x' }, {});
      return derived - before;
    };
    await keysFor('ada'); // hashes the passwords it was given
    expect([await keysFor('ada'), await keysFor('eve')]).toEqual([1, 1]);
    hook.disable();
  });
});

describe('findById', () => {
  it('compares ids as strings', async () => {
    const users = memoryUsers(LIST);
    expect(await users.findById('1', {})).toMatchObject({ id: 1, username: 'ada' });
    expect(await users.findById('b-2', {})).toMatchObject({ id: 'b-2' });
    expect(await users.findById('3', {})).toMatchObject({ isActive: false });
    for (const id of ['01', '1.0', ' 1', '', '__proto__']) expect(await users.findById(id, {})).toBeNull();
  });
});

describe('changes', () => {
  it('change the credential with the password, and let the new one in', async () => {
    const users = memoryUsers(LIST);
    const before = await users.findById('1', {});
    await users.setPassword(1, 'secret');
    const after = await users.findById('1', {});
    expect(after?.credential).not.toBe(before?.credential); // the same password, a fresh salt
    await users.setPassword('1', 'new');
    expect(await users.authenticate({ username: 'ada', password: 'secret' }, {})).toBeNull();
    expect(await users.authenticate({ username: 'ada', password: 'new' }, {})).toMatchObject({ id: 1 });
  });

  it('hold when the password is the first thing that is asked for', async () => {
    const users = memoryUsers(LIST);
    await Promise.all([users.setPassword(1, 'new'), users.findById('1', {})]);
    expect(await users.authenticate({ username: 'ada', password: 'new' }, {})).toMatchObject({ id: 1 });
  });

  it('update, delete and record logins without touching what was handed out', async () => {
    const users = memoryUsers(LIST);
    const held = await users.findById('1', {});
    users.update(1, { isActive: false, username: 'lovelace' });
    if (held !== null) await users.recordLogin?.(held, 1000);
    expect(held).toMatchObject({ username: 'ada', isActive: true });
    expect(await users.findById('1', {})).toMatchObject({
      username: 'lovelace',
      isActive: false,
      role: 'admin',
      lastLogin: 1000,
    });
    expect([users.delete(1), users.delete(1)]).toEqual([true, false]);
    expect(await users.findById('1', {})).toBeNull();
  });

  it('keep id, password and credential out of a patch', async () => {
    const users = memoryUsers(LIST);
    const patch = { id: 9, password: 'p', credential: 'c', role: 'user' };
    users.update(1, patch as unknown as MemoryUserPatch);
    expect(await users.findById('1', {})).toMatchObject({ id: 1, role: 'user', credential: expect.stringMatching(/^scrypt/) });
    expect(await users.findById('1', {})).not.toHaveProperty('password');
  });

  it('name who is not there, and names that are taken', async () => {
    const users = memoryUsers(LIST);
    await expect(users.setPassword(9, 'x')).rejects.toMatchObject({ name: 'ConfigError', option: 'id' });
    await expect(users.setPassword(1, '')).rejects.toMatchObject({ option: 'users.password' });
    expect(() => users.update(9, {})).toThrow(expect.objectContaining({ option: 'id' }));
    expect(() => users.update(1, { username: 'bob' })).toThrow(expect.objectContaining({ option: 'username' }));
    users.update(1, { username: 'ada' });
  });

  it.each<[string, object]>([
    ['users.isActive', { isActive: 'false' }],
    ['users.isActive', { isActive: 0 }],
    ['users.isActive', { isActive: undefined }],
    ['users.username', { username: '' }],
    ['users.username', { username: 7 }],
    ['users.username', { username: null }],
  ])('refuse bad %s in a patch %j, and change nothing', async (option, patch) => {
    const users = memoryUsers(LIST);
    const before = await users.findById('1', {});
    expect(() => users.update(1, { role: 'user', ...patch })).toThrow(expect.objectContaining({ name: 'ConfigError', option }));
    expect(await users.findById('1', {})).toEqual(before);
  });
});

it.each<[string, string, object]>([
  ['unknown_option', 'allowInactiv', { allowInactiv: true }],
  ['invalid_option', 'allowInactive', { allowInactive: 'false' }],
  ['invalid_option', 'stableCredentials', { stableCredentials: 1 }],
])('refuses options as %s: %s', (code, option, options) => {
  expect(() => memoryUsers(LIST, options as MemoryUsersOptions)).toThrow(
    expect.objectContaining({ name: 'ConfigError', code, option }),
  );
});

it.each<[string, object[]]>([
  ['users.id', [{ username: 'a', password: 'p' }]],
  ['users.id', [{ id: '', username: 'a', password: 'p' }]],
  ['users.id', [{ id: 1.5, username: 'a', password: 'p' }]],
  [
    'users.id',
    [
      { id: 1, username: 'a', password: 'p' },
      { id: '1', username: 'b', password: 'p' },
    ],
  ],
  ['users.username', [{ id: 1, username: '', password: 'p' }]],
  [
    'users.username',
    [
      { id: 1, username: 'a', password: 'p' },
      { id: 2, username: 'a', password: 'p' },
    ],
  ],
  ['users.password', [{ id: 1, username: 'a' }]],
  ['users.isActive', [{ id: 1, username: 'a', password: 'p', isActive: 'false' }]],
])('refuses a list with bad %s', (option, list) => {
  expect(() => memoryUsers(list as unknown as MemoryUser[])).toThrow(expect.objectContaining({ name: 'ConfigError', option }));
});

it('salts each hash', async () => {
  const [one, two] = await Promise.all([hashPassword('x'), hashPassword('x')]);
  expect(one).not.toBe(two);
  expect(await passwordMatches('x', one)).toBe(true);
  expect(await passwordMatches('y', two)).toBe(false);
});

it('gives a user the same credential after a restart where told to, and another where the password is another', async () => {
  const credentialOf = async (password: string, { id = 1, stableCredentials = true } = {}) => {
    const users = memoryUsers([{ id, username: 'ada', password }], { stableCredentials });
    return (await users.authenticate({ username: 'ada', password }, {}))?.credential;
  };
  const credential = await credentialOf('secret');
  expect(credential).toMatch(/^scrypt\$/);
  expect(await credentialOf('secret')).toBe(credential);
  for (const other of [
    credentialOf('Secret'),
    credentialOf('secret', { id: 2 }),
    credentialOf('secret', { stableCredentials: false }),
  ])
    expect(await other).not.toBe(credential);

  const users = memoryUsers([{ id: 1, username: 'ada', password: 'secret' }], { stableCredentials: true });
  for (const password of ['other', 'secret']) await users.setPassword(1, password);
  expect((await users.findById('1', {}))?.credential).not.toBe(credential); // it was changed, though back again
});
