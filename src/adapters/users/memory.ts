import { ownMembers, ownOptions } from '../../application/option-names.ts';
import { ConfigError } from '../../domain/errors.ts';
import type { User, UserRepository } from '../../ports/user-repository.ts';
import { hashPassword, passwordMatches, saltOf } from './password-hash.ts';

/** A user to start with. Whatever else it has comes along to hooks and `claims`. */
export interface MemoryUser {
  readonly id: string | number;
  readonly username: string;
  readonly password: string;
  /** True unless set. */
  readonly isActive?: boolean;
  readonly [name: string]: unknown;
}

export interface MemoryUsersOptions {
  /** Lets inactive users log in, so that `userAuthenticationRule` alone decides: Django's AllowAllUsersModelBackend. */
  readonly allowInactive?: boolean;
  /**
   * Whether a user of the list has the same `credential` in every process, and after a restart, as long as the password is the same. For sessions
   * that outlive the process, with `checkRevokeToken`. The hashes are salted by id then, and not by chance; they never leave the process.
   */
  readonly stableCredentials?: boolean;
}

/** What can change about a user. The password has `setPassword`, the id stays as it is. */
export interface MemoryUserPatch {
  readonly username?: string;
  readonly isActive?: boolean;
  readonly id?: never;
  readonly password?: never;
  readonly credential?: never;
  readonly [name: string]: unknown;
}

/** A user as it was given, less its password. */
export interface StoredUser extends User {
  readonly username: string;
  /** The hash of the password. */
  readonly credential: string;
  readonly [name: string]: unknown;
}

export interface MemoryUsers extends UserRepository<StoredUser> {
  /** Changes a password, and with it the user's `credential`. Rejects with `ConfigError` if there is no such user. */
  setPassword(id: string | number, password: string): Promise<void>;
  /** Changes anything else. Throws `ConfigError` if there is no such user, another one has the name, or a value is of a wrong type. */
  update(id: string | number, patch: MemoryUserPatch): void;
  /** Whether there was such a user. */
  delete(id: string | number): boolean;
}

/**
 * Users in memory, for tests, demonstrations and small services. Passwords are kept as scrypt hashes, made at the first call; the
 * hash is the user's `credential`. Names are compared exactly. A login takes one hash, about 30 ms off the main thread, for a known
 * user and an unknown one alike. Throws `ConfigError` for a user without id, name or password, for two with the same, and for an
 * option there is not.
 */
export function memoryUsers(list: readonly MemoryUser[], options: MemoryUsersOptions = {}): MemoryUsers {
  const { allowInactive = false, stableCredentials = false } = ownOptions(options, ['allowInactive', 'stableCredentials']);
  for (const [name, value] of Object.entries({ allowInactive, stableCredentials })) {
    if (typeof value !== 'boolean') throw new ConfigError('invalid_option', name, `${name} must be true or false`);
  }
  const decoy: Account = { profile: { id: '', username: '', isActive: false }, hash: '' };
  const accounts = new Map<string, Account>();
  const passwords = new Map([[decoy, '']]);
  for (const user of list) {
    const { password, credential: _derived, isActive = true, ...rest } = ownMembers(user);
    const account = { profile: { ...rest, isActive }, hash: '' };
    checkAccount(account.profile, password, accounts);
    accounts.set(String(rest.id), account);
    passwords.set(account, password);
  }

  // all of them at the first call of any user: hashing one at its first login would tell, by its time, that the user exists
  let hashing: Promise<void> | undefined;
  const hashed = (): Promise<void> => (hashing ??= hashAll(passwords, stableCredentials));

  return {
    async authenticate({ username, password }) {
      if (typeof username !== 'string' || typeof password !== 'string') return null;
      await hashed();
      const account = accountNamed(username, accounts) ?? decoy;
      const verified = account.hash;
      const matches = await passwordMatches(password, verified);
      // looked up again, after the wait: the old password must not get the credential of a new one, nor a deleted user in
      const current = accounts.get(String(account.profile.id)) === account && account.hash === verified;
      return matches && current && (account.profile.isActive || allowInactive) ? userOf(account) : null;
    },
    async findById(id, { userIdField = 'id' }) {
      await hashed();
      const account = userIdField === 'id' ? accounts.get(id) : accountBy(String(userIdField), id, accounts);
      return account === undefined ? null : userOf(account);
    },
    recordLogin({ id }, at) {
      const account = accounts.get(String(id));
      if (account !== undefined) account.profile = { ...account.profile, lastLogin: at };
    },
    async setPassword(id, password) {
      if (typeof password !== 'string' || password === '') throw mistake('password', 'a non-empty string');
      existing(id, accounts);
      await hashed();
      const hash = await hashPassword(password);
      existing(id, accounts).hash = hash; // looked up again, after the wait
    },
    update(id, { id: _id, password: _password, credential: _credential, ...changes }) {
      const account = existing(id, accounts);
      const profile = { ...account.profile, ...changes };
      checkProfile(profile);
      const namesake = accountNamed(profile.username, accounts) ?? account;
      if (namesake !== account) throw new ConfigError('invalid_option', 'username', 'another user has this username');
      account.profile = profile;
    },
    delete: (id) => accounts.delete(String(id)),
  };
}

interface Profile {
  readonly id: string | number;
  readonly username: string;
  readonly isActive: boolean;
  readonly [name: string]: unknown;
}

interface Account {
  profile: Profile;
  hash: string;
}

type Accounts = ReadonlyMap<string, Account>;

function checkAccount(profile: Profile, password: unknown, accounts: Accounts): void {
  const { id, username } = profile;
  if ((typeof id !== 'string' || id === '') && !Number.isSafeInteger(id))
    throw mistake('id', 'a non-empty string or a safe integer');
  checkProfile(profile);
  if (typeof password !== 'string' || password === '') throw mistake('password', 'a non-empty string');
  if (accounts.has(String(id))) throw mistake('id', 'different from the ids of all others');
  if (accountNamed(username, accounts) !== undefined) throw mistake('username', 'different from the names of all others');
}

/** What a list and a patch may both get wrong. */
function checkProfile({ username, isActive }: { readonly username: unknown; readonly isActive: unknown }): void {
  if (typeof username !== 'string' || username === '') throw mistake('username', 'a non-empty string');
  if (typeof isActive !== 'boolean') throw mistake('isActive', 'true or false');
}

function mistake(property: string, rule: string): ConfigError {
  return new ConfigError('invalid_option', `users.${property}`, `the ${property} of each user must be ${rule}`);
}

function existing(id: string | number, accounts: Accounts): Account {
  const account = accounts.get(String(id));
  if (account === undefined) throw new ConfigError('invalid_option', 'id', 'there is no user with this id');
  return account;
}

function accountBy(field: string, value: string, accounts: Accounts): Account | undefined {
  for (const account of accounts.values()) if (String(account.profile[field]) === value) return account;
  return undefined;
}

function accountNamed(username: string, accounts: Accounts): Account | undefined {
  for (const account of accounts.values()) if (account.profile.username === username) return account;
  return undefined;
}

/** A copy, so that what a caller holds does not change under it. */
function userOf({ profile, hash }: Account): StoredUser {
  return Object.freeze({ ...profile, credential: hash });
}

async function hashAll(passwords: Map<Account, string>, stable: boolean): Promise<void> {
  await Promise.all(
    Array.from(passwords, async ([account, password]) => {
      account.hash = await hashPassword(password, stable ? saltOf(account.profile.id) : undefined);
    }),
  );
  passwords.clear();
}
