import type { Clock } from '../ports/clock.ts';
import type { TokenStore } from '../ports/token-store.ts';
import { mountPromises, type Promised, type TestRunner } from './promised.ts';
import { BLACKLIST_PROMISES } from './storage/blacklist.ts';
import { FAMILY_PROMISES } from './storage/family.ts';
import { GRACE_PROMISES } from './storage/grace.ts';
import { IDENTIFIER_PROMISES } from './storage/identifiers.ts';
import { RETENTION_PROMISES } from './storage/retention.ts';
import { ROTATION_PROMISES } from './storage/rotation.ts';
import { startScenario, type Scenario } from './storage/scenario.ts';
import { SESSION_PROMISES } from './storage/sessions.ts';
import { USER_PROMISES } from './storage/user.ts';

export interface StorageContractOptions extends TestRunner {
  readonly name: string;
  /**
   * Makes an empty store; called once for each test. Times come with each request; a store that keeps time by itself must keep it by this
   * clock, which starts at 1,700,000,000 and is moved by hours.
   */
  readonly createStore: (clock: Clock) => TokenStore | Promise<TokenStore>;
}

/**
 * What every TokenStore promises, as a test suite for any runner: one successor to a token, revocation before all else, nothing forgotten
 * early, nothing mixed up. `storageContract({ name, describe, it, createStore })` mounts it.
 */
export function storageContract({ name, describe, it, createStore }: StorageContractOptions): void {
  mountPromises({ describe, it }, `${name} keeps the contract of a TokenStore`, PROMISES, async (use) =>
    use(await startScenario(createStore)),
  );
}

const PROMISES: readonly Promised<Scenario>[] = [
  ...ROTATION_PROMISES,
  ...GRACE_PROMISES,
  ...BLACKLIST_PROMISES,
  ...FAMILY_PROMISES,
  ...USER_PROMISES,
  ...RETENTION_PROMISES,
  ...SESSION_PROMISES,
  ...IDENTIFIER_PROMISES,
];
