import { ownOptions } from '../../../application/option-names.ts';
import { ConfigError } from '../../../domain/errors.ts';

export interface SqliteStoreOptions {
  /** How long a call waits for another process to finish its write (0.5), in seconds. The process stands still meanwhile: keep it below `storeDeadlineSeconds`. */
  readonly busyTimeoutSeconds?: number;
}

export function busyTimeoutOf(options: SqliteStoreOptions): number {
  const { busyTimeoutSeconds = 0.5 } = ownOptions(options, ['busyTimeoutSeconds']);
  if (typeof busyTimeoutSeconds === 'number' && busyTimeoutSeconds >= 0 && busyTimeoutSeconds < 60) return busyTimeoutSeconds;
  const message = 'busyTimeoutSeconds must be a number from 0 to below 60; 0.5 is below the default storeDeadlineSeconds';
  throw new ConfigError('invalid_option', 'busyTimeoutSeconds', message);
}
