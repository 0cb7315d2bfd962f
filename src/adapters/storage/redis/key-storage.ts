import { randomUUID } from 'node:crypto';
import { ownOptions } from '../../../application/option-names.ts';
import type { CallOptions } from '../../../ports/crypto-provider.ts';
import type { KeyStorage } from '../../../ports/key-storage.ts';
import { connectionOf, type RedisClient } from './client.ts';
import { commandsOver } from './commands.ts';
import { evictionCheck } from './eviction.ts';
import { orAborted, refusalOf } from './failure.ts';
import { settingsOf, type RedisStoreOptions } from './options.ts';
import { listOf, textOf, textOrNull } from './replies.ts';
import { script } from './script.ts';

export type RedisKeyStorageOptions = Pick<RedisStoreOptions, 'prefix' | 'onWarning'>;

/**
 * Keeps a keyring in Redis (6.2 or later), over the ioredis or node-redis client that the application has: one hash that never expires, and so one
 * slot of a Cluster. What was answered holds as long as the master keeps it.
 */
export function redisKeyStorage(client: RedisClient, options: RedisKeyStorageOptions = {}): KeyStorage {
  const { prefix, onWarning } = settingsOf(ownOptions(options, ['prefix', 'onWarning']));
  const connection = connectionOf(client);
  const commands = commandsOver(connection, connection.send, evictionCheck(connection, prefix, onWarning));
  const key = `${prefix}keys`;

  return {
    read: (call = {}) =>
      whileWaited(call, () =>
        commands.read(key, ['hmget', key, 'version', 'text'], call, (reply) => {
          const [version = null, text = null] = listOf(reply).map(textOrNull);
          return version === null || text === null ? undefined : { text, version: Number(version) };
        }),
      ),
    replace(text, version, call = {}) {
      const packed = REPLACE.pack({ version, attempt: randomUUID(), text });
      return whileWaited(call, () => commands.run(REPLACE, key, [packed], call, (reply) => textOf(reply) === 'replaced'));
    },
  };
}

/** A server that hangs holds up nobody for longer than they wait, and nothing is sent for who has gone. */
async function whileWaited<T>(call: CallOptions, ask: () => Promise<T>): Promise<T> {
  if (call.signal?.aborted === true) throw refusalOf(call.signal.reason);
  return orAborted(ask(), call);
}

const UUID_LENGTH = 36;
/** Calls that wrote last: more than come between a connection that is lost and the next one. */
const WRITERS = 16;

/**
 * A call that is sent twice, since its answer was lost, is answered the same. The next version is above the last, and a time by Redis' clock in
 * microseconds: what a failover or a restart lost is not written anew under a version that some host has seen with another text.
 */
const REPLACE = script(
  ['version', 'attempt', 'text'],
  `
local found = redis.call('HMGET', KEYS[1], 'version', 'writers')
local before, writers = found[1] or '', found[2] or ''
if string.find(writers, attempt, 1, true) then return 'replaced' end -- sent twice
if before ~= version then return 'changed' end
local time = redis.call('TIME')
local raised = math.max((tonumber(before) or 0) + 1, time[1] * 1000000 + time[2])
writers = string.sub(attempt .. writers, 1, ${WRITERS * UUID_LENGTH})
redis.call('HSET', KEYS[1], 'version', string.format('%.0f', raised), 'writers', writers, 'text', text)
return 'replaced'`,
);
