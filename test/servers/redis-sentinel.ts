import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { DURABLE, hasRedis, startRedis, type RedisServer } from './redis-server.ts';

/** A master, two replicas, and a sentinel that makes one of them the master when that is gone for a second. */
export interface SentinelGroup {
  readonly name: string;
  readonly sentinel: RedisServer;
  /** The first was the master when it was started. */
  readonly servers: readonly RedisServer[];
  /** The one that the sentinel calls the master now. */
  master(): Promise<RedisServer>;
  replicas(): Promise<readonly RedisServer[]>;
  /** Settles when the master has that many replicas in step. */
  inStep(replicas: number): Promise<void>;
  stop(): Promise<void>;
}

const REDIS_SENTINEL = 'redis-sentinel';

export const hasSentinel = () => hasRedis() && hasRedis(REDIS_SENTINEL);

export async function startSentinelGroup(): Promise<SentinelGroup> {
  const name = 'primary';
  const first = await startRedis({ args: () => [...DURABLE, '--repl-diskless-sync-delay', '0'] });
  const follow = ['--replicaof', '127.0.0.1', String(first.port), '--repl-diskless-sync-delay', '0'];
  const others = await Promise.all([1, 2].map(() => startRedis({ args: () => [...DURABLE, ...follow] })));
  const servers = [first, ...others];
  const sentinel = await startRedis({
    binary: REDIS_SENTINEL,
    args: (directory) => [configuration(directory, name, first.port)],
  });

  const group: SentinelGroup = {
    name,
    sentinel,
    servers,
    async master() {
      const [, , , , port] = (await sentinel.ask('SENTINEL', 'GET-MASTER-ADDR-BY-NAME', name)).split('\r\n');
      const master = servers.find((server) => String(server.port) === port);
      if (master === undefined) throw new Error('the sentinel knows no master of ours');
      return master;
    },
    async replicas() {
      const master = await group.master();
      return servers.filter((server) => server !== master);
    },
    async inStep(replicas) {
      for (const deadline = Date.now() + 15_000; ; await setTimeout(20)) {
        const told = await (await group.master()).ask('INFO', 'replication');
        if ((told.match(/state=online/g) ?? []).length >= replicas && (await knownReplicas(sentinel, name)) >= replicas) return;
        if (Date.now() > deadline) throw new Error('the replicas do not come into step');
      }
    },
    async stop() {
      await Promise.all([sentinel, ...servers].map((server) => server.stop()));
    },
  };
  await group.inStep(2);
  return group;
}

async function knownReplicas(sentinel: RedisServer, name: string): Promise<number> {
  const told = await sentinel.ask('SENTINEL', 'REPLICAS', name);
  return (told.match(/\r\nmaster-link-status\r\n\$2\r\nok/g) ?? []).length;
}

function configuration(directory: string, name: string, port: number): string {
  const file = join(directory, 'sentinel.conf');
  const lines = [
    `sentinel monitor ${name} 127.0.0.1 ${port} 1`,
    `sentinel down-after-milliseconds ${name} 1000`,
    `sentinel failover-timeout ${name} 4000`,
    `sentinel parallel-syncs ${name} 2`,
  ];
  writeFileSync(file, `${lines.join('\n')}\n`);
  return file;
}
