import { describe, expect, it } from 'vitest';
import { memoryUsers } from '../../src/adapters/users/memory.ts';
import type { UserRepository } from '../../src/ports/user-repository.ts';
import { usersContract } from '../../src/testing/users-contract.ts';
import { judge } from './collect.ts';

const ADA = { id: 7, username: 'ada', password: 'correct horse' };
const credentials = { username: ADA.username, password: ADA.password };
// one repository for all tests: each hashes its passwords anew
const users = memoryUsers([ADA, { id: 'b', username: 'bob', password: 'battery staple' }]);

usersContract({ name: 'memoryUsers', describe, it, createUsers: () => users, id: 7, credentials });
usersContract({
  name: 'memoryUsers with string ids',
  describe,
  it,
  createUsers: () => users,
  id: 'b',
  credentials: { username: 'bob', password: 'battery staple' },
});

// the password changes here, so each test has users of its own
let changing = memoryUsers([]);
usersContract({
  name: 'memoryUsers that change',
  describe,
  it,
  createUsers: () => (changing = memoryUsers([ADA])),
  id: 7,
  credentials,
  changePassword: (_users, password) => changing.setPassword(7, password),
});

describe('the contract of a UserRepository', () => {
  const sound = plainUsers();
  const BROKEN: readonly (readonly [defect: string, promise: string, defects: Partial<UserRepository>])[] = [
    [
      'looks at no password',
      'answers null for anything but the right password',
      { authenticate: ({ username }) => named(username) },
    ],
    [
      'trims passwords',
      'answers null for anything but the right password',
      {
        authenticate: ({ username, password }) =>
          sound.authenticate({ username, password: typeof password === 'string' ? password.trim() : password }, {}),
      },
    ],
    [
      'answers undefined for nobody',
      'answers null for an id it does not know',
      { findById: (id) => (id === '7' ? named('ada') : (undefined as unknown as null)) },
    ],
    ['does not read decimal ids', 'finds a user by the decimal string of its id, the one that logs in', { findById: () => null }],
    [
      'hands out passwords',
      'answers no user with its password in it',
      { findById: (id) => (id === '7' ? { ...ADA, isActive: true, credential: 'hash' } : null) },
    ],
    ['throws for odd input', 'answers null for credentials it does not know', { authenticate: oddThrows }],
  ];

  it('finds nothing wrong with a sound repository', async () => {
    expect(await judgeUsers(sound)).toEqual([]);
  });

  it.each(BROKEN)('catches a repository that %s', async (_defect, promise, defects) => {
    expect(await judgeUsers({ ...sound, ...defects })).toContain(promise);
  });
});

describe('the contract of users whose passwords change', () => {
  const promise = 'hands no login with the old password the credential of the new one';
  it.each<[string, 'before' | 'after', readonly string[]]>([
    ['finds nothing wrong with a repository that reads the credential before it checks', 'before', []],
    ['catches one that reads it afterwards', 'after', [promise]],
  ])('%s', async (_name, read, expected) => {
    let password = ADA.password;
    let version = 1;
    const user = (credential: string) => ({ id: 7, isActive: true, credential });
    const users: UserRepository = {
      async authenticate({ username, password: attempt }) {
        const [proven, credential] = [username === 'ada' && attempt === password, `hash ${version}`];
        await Promise.resolve();
        await Promise.resolve();
        return proven ? user(read === 'before' ? credential : `hash ${version}`) : null;
      },
      findById: (id) => (id === '7' ? user(`hash ${version}`) : null),
    };
    async function changePassword(_users: UserRepository, changed: string): Promise<void> {
      await Promise.resolve();
      password = changed;
      version += 1;
    }
    const options = { name: 'users', id: 7, credentials, changePassword };
    const createUsers = () => {
      password = ADA.password;
      return users;
    };
    const { broken } = await judge((runner) => usersContract({ ...options, createUsers, ...runner }));
    expect(broken).toEqual(expected);
  });
});

async function judgeUsers(createUsers: UserRepository): Promise<readonly string[]> {
  const options = { name: 'users', createUsers: () => createUsers, id: 7, credentials };
  return (await judge((runner) => usersContract({ ...options, ...runner }))).broken;
}

function named(username: unknown) {
  return username === 'ada' ? { id: 7, isActive: true, credential: 'hash' } : null;
}

function plainUsers(): UserRepository {
  return {
    authenticate: ({ username, password }) => (password === ADA.password ? named(username) : null),
    findById: (id) => (id === '7' ? named('ada') : null),
  };
}

function oddThrows({ username, password }: Readonly<Record<string, unknown>>) {
  if (typeof username !== 'string') throw new TypeError('username');
  return password === ADA.password ? named(username) : null;
}
