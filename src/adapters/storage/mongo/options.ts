import { ownOptions } from '../../../application/option-names.ts';
import { ConfigError } from '../../../domain/errors.ts';
import { parseDatabase, type MongoCollection } from './database.ts';

export interface MongoStoreOptions {
  /** The collection that everything is kept in (`simplejwt`). Two services that share a database and no tokens take different ones. */
  readonly collection?: string;
  /**
   * How a check reads: `majority` (the default), or `linearizable`, which also sees every acknowledged revocation while a primary that was cut off
   * has not noticed yet, and costs a round to the secondaries.
   */
  readonly readConcern?: 'majority' | 'linearizable';
  /**
   * Who collects what has expired: `server` (the default) by an index on time, or `flush`, for servers that have no such index: the service does,
   * every `flushIntervalSeconds`.
   */
  readonly expiry?: 'server' | 'flush';
  /** For how long one command may take before it is given up (2): at least `storeDeadlineSeconds`. */
  readonly commandTimeoutSeconds?: number;
}

export interface MongoSettings {
  readonly collection: MongoCollection;
  readonly commandTimeoutSeconds: number;
  readonly expiresNatively: boolean;
}

export function settingsOf(db: unknown, options: MongoStoreOptions): MongoSettings {
  const {
    collection = 'simplejwt',
    readConcern: level = 'majority',
    expiry = 'server',
    commandTimeoutSeconds = 2,
  } = ownOptions(options, ['collection', 'readConcern', 'expiry', 'commandTimeoutSeconds']);
  refuse(typeof collection === 'string' && NAME.test(collection), 'collection', 'collection must be a name such as simplejwt');
  refuse(level === 'majority' || level === 'linearizable', 'readConcern', 'readConcern must be majority or linearizable');
  refuse(expiry === 'server' || expiry === 'flush', 'expiry', 'expiry must be server or flush');
  refuse(
    typeof commandTimeoutSeconds === 'number' && commandTimeoutSeconds >= 0.001 && commandTimeoutSeconds <= 60,
    'commandTimeoutSeconds',
    'commandTimeoutSeconds must be a number from 0.001 to 60; 2 is above the default storeDeadlineSeconds',
  );
  const facts = parseDatabase(db).collection(collection, {
    readPreference: 'primary',
    readConcern: { level },
    writeConcern: { w: 'majority', journal: true },
  });
  return { collection: facts, commandTimeoutSeconds, expiresNatively: expiry === 'server' };
}

function refuse(good: boolean, option: string, message: string): void {
  if (!good) throw new ConfigError('invalid_option', option, message);
}

/** What a collection may be called that is not one of the server's own. */
const NAME = /^(?!system\.)[A-Za-z_][\w.-]{0,99}$/;
