import type { Credentials, User, UserRepository } from '../ports/user-repository.ts';
import { expectSame, mountPromises, type Promised, type TestRunner } from './promised.ts';

export interface UsersContractOptions extends TestRunner {
  readonly name: string;
  /** A repository that has the user below; called once for each test. */
  readonly createUsers: () => UserRepository | Promise<UserRepository>;
  /** The id of a user, and what it logs in with; `password` must be a member. */
  readonly id: string | number;
  readonly credentials: Credentials & { readonly password: string };
  /** Gives the user another password, the way the application does. Without it, what is promised of that is not tried. */
  readonly changePassword?: ChangePassword;
}

/** What every UserRepository promises. `usersContract({ name, describe, it, createUsers, id, credentials })` mounts it. */
export function usersContract(options: UsersContractOptions): void {
  const { name, describe, it, createUsers, id, credentials, changePassword } = options;
  const title = `${name} keeps the contract of a UserRepository`;
  mountPromises({ describe, it }, title, PROMISES, async (use) => use({ users: await createUsers(), id, credentials }));
  if (changePassword === undefined) return;
  mountPromises({ describe, it }, `${title} whose passwords change`, CHANGES, async (use) =>
    use({ users: await createUsers(), id, credentials, changePassword }),
  );
}

type ChangePassword = (users: UserRepository, password: string) => void | Promise<void>;

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

const CHANGES: readonly Promised<Subject & { readonly changePassword: ChangePassword }>[] = [
  {
    title: 'hands no login with the old password the credential of the new one',
    async holds({ users, id, credentials, changePassword }) {
      const password = `${credentials.password}, changed`;
      const changing = changePassword(users, password);
      // more than are worked on at once, so that some are still under way when the password changes
      const logins = Array.from({ length: 12 }, async () => users.authenticate(credentials, {}));
      await changing;
      const changed = await users.findById(String(id), {});
      const handedOut = (await Promise.all(logins)).map((user) => user !== null && credentialOf(user) === credentialOf(changed));
      expectSame(handedOut.includes(true), false, 'the old password got the new credential');
      expectSame(await users.authenticate(credentials, {}), null, 'a login with the old password');
      const loggedIn = await users.authenticate({ ...credentials, password }, {});
      expectSame(credentialOf(loggedIn), credentialOf(changed), 'the credential of the new password');
    },
  },
];

function credentialOf(user: User | null): string | undefined {
  return user?.credential ?? undefined;
}

/** What a JSON body may hold where a string is meant. */
const ODD: readonly unknown[] = [null, undefined, true, 0, [], {}, { $ne: null }, ['x']];
