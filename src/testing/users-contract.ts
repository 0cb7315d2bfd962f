import type { Credentials, User, UserRepository } from '../ports/user-repository.ts';
import { expectSame, mountPromises, type Promised, type TestRunner } from './promised.ts';

export interface UsersContractOptions extends TestRunner {
  readonly name: string;
  /** A repository that has the user below; called once for each test. */
  readonly createUsers: () => UserRepository | Promise<UserRepository>;
  /** The id of a user, and what it logs in with; `password` must be a member. */
  readonly id: string | number;
  readonly credentials: Credentials & { readonly password: string };
}

/** What every UserRepository promises. `usersContract({ name, describe, it, createUsers, id, credentials })` mounts it. */
export function usersContract({ name, describe, it, createUsers, id, credentials }: UsersContractOptions): void {
  mountPromises({ describe, it }, `${name} keeps the contract of a UserRepository`, PROMISES, async (use) =>
    use({ users: await createUsers(), id, credentials }),
  );
}

interface Subject {
  readonly users: UserRepository;
  readonly id: string | number;
  readonly credentials: Credentials & { readonly password: string };
}

const PROMISES: readonly Promised<Subject>[] = [
  {
    title: 'answers the user that credentials prove',
    async holds({ users, id, credentials }) {
      const user = await users.authenticate(credentials, {});
      expectSame(user?.id, id, 'the id');
      expectSame(typeof user?.isActive, 'boolean', 'isActive');
    },
  },
  {
    title: 'answers null for anything but the right password',
    async holds({ users, credentials }) {
      const { password } = credentials;
      const wrong: readonly unknown[] = [
        '',
        ' ',
        `${password} `,
        `${password}\0`,
        password.slice(1),
        `${password}${password}`,
        ...ODD,
      ];
      for (const attempt of wrong) {
        expectSame(await users.authenticate({ ...credentials, password: attempt }, {}), null, 'a wrong password');
      }
    },
  },
  {
    title: 'answers null for credentials it does not know',
    async holds({ users, credentials }) {
      const { password, ...names } = credentials;
      for (const unknown of ['nobody', '', '__proto__', ...ODD]) {
        const strange = Object.fromEntries(Object.keys(names).map((name) => [name, unknown]));
        expectSame(await users.authenticate({ ...strange, password }, {}), null, 'an unknown user');
      }
      expectSame(await users.authenticate({}, {}), null, 'no credentials');
    },
  },
  {
    title: 'finds a user by the decimal string of its id, the one that logs in',
    async holds({ users, id, credentials }) {
      const found = await users.findById(String(id), {});
      expectSame(found?.id, id, 'the id');
      const loggedIn = await users.authenticate(credentials, {});
      expectSame(credentialOf(found), credentialOf(loggedIn), 'the credential');
    },
  },
  {
    title: 'answers null for an id it does not know',
    async holds({ users, id }) {
      for (const unknown of [`${id} `, `${id}\0`, '__proto__', 'constructor', '-1', '{"$ne":null}', 'x'.repeat(10_000)]) {
        expectSame(await users.findById(unknown, {}), null, 'an unknown id');
      }
    },
  },
  {
    title: 'answers no user with its password in it',
    async holds({ users, id, credentials }) {
      for (const user of [await users.findById(String(id), {}), await users.authenticate(credentials, {})]) {
        expectSame(Object.values(user ?? {}).includes(credentials.password), false, 'the password is in the user');
      }
    },
  },
  {
    title: 'answers two that ask at once alike',
    async holds({ users, id }) {
      const [one, other] = await Promise.all([users.findById(String(id), {}), users.findById(String(id), {})]);
      expectSame(one, other, 'the users');
    },
  },
];

function credentialOf(user: User | null): string | undefined {
  return user?.credential;
}

/** What a JSON body may hold where a string is meant. */
const ODD: readonly unknown[] = [null, undefined, true, 0, [], {}, { $ne: null }, ['x']];
