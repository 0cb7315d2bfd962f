import { setTimeout } from 'node:timers/promises';
import { DURABLE, startRedis, type RedisServer } from './redis-server.ts';

/** Three masters, each with a third of the slots and one replica. */
export interface RedisCluster {
  /** The first three were the masters when it was started; the replica of each comes three after it. */
  readonly nodes: readonly RedisServer[];
  idOf(node: RedisServer): Promise<string>;
  /** The master that serves this slot now. */
  masterOf(slot: number): Promise<RedisServer>;
  slotOf(key: string): Promise<number>;
  stop(): Promise<void>;
}

export async function startRedisCluster(): Promise<RedisCluster> {
  const args = [...DURABLE, '--cluster-enabled', 'yes', '--cluster-node-timeout', '2000', '--repl-diskless-sync-delay', '0'];
  const nodes = await Promise.all(Array.from({ length: 6 }, () => startRedis({ args: () => args })));
  const [first, ...others] = nodes as [RedisServer, ...RedisServer[]];
  for (const [index, [from, to]] of SHARES.entries()) {
    await nodes[index]?.ask('CLUSTER', 'ADDSLOTSRANGE', String(from), String(to));
  }
  for (const [index, node] of nodes.entries()) await node.ask('CLUSTER', 'SET-CONFIG-EPOCH', String(index + 1));
  for (const node of others) await first.ask('CLUSTER', 'MEET', '127.0.0.1', String(node.port));

  const idOf = async (node: RedisServer) => bulk(await node.ask('CLUSTER', 'MYID'));
  const whole = async (node: RedisServer) => (await node.ask('CLUSTER', 'NODES')).trim().split('\n').filter(isKnown).length === 6;
  for (const node of nodes) await until(() => whole(node), 'the nodes to know one another');
  for (const index of [0, 1, 2]) {
    const master = await idOf(nodes[index] as RedisServer);
    await until(async () => (await nodes[index + 3]?.ask('CLUSTER', 'REPLICATE', master)) === '+OK', 'a replica to be taken');
  }
  for (const node of nodes) {
    await until(async () => (await node.ask('CLUSTER', 'INFO')).includes('cluster_state:ok'), 'the cluster to be up');
  }
  for (const master of nodes.slice(0, 3)) {
    await until(async () => (await master.ask('INFO', 'replication')).includes('state=online'), 'a replica to be in step');
  }
  for (const replica of nodes.slice(3)) {
    await until(
      async () => (await first.ask('CLUSTER', 'NODES')).includes(`:${replica.port}@${replica.port + 10_000} slave`),
      'roles',
    );
  }

  return {
    nodes,
    idOf,
    slotOf: async (key) => Number((await first.ask('CLUSTER', 'KEYSLOT', key)).slice(1)),
    async masterOf(slot) {
      for (const line of (await first.ask('CLUSTER', 'NODES')).split('\n')) {
        const [, address = '', flags = '', , , , , , ...slots] = line.trim().split(' ');
        if (flags.includes('master') && slots.some((range) => holds(range, slot))) {
          const node = nodes.find(({ port }) => address.startsWith(`127.0.0.1:${port}@`));
          if (node !== undefined) return node;
        }
      }
      throw new Error(`no master serves slot ${slot}`);
    },
    async stop() {
      await Promise.all(nodes.map((node) => node.stop()));
    },
  };
}

const isKnown = (line: string) => !line.includes('handshake') && line.includes('connected') && !line.startsWith('$');

function holds(range: string, slot: number): boolean {
  const [from, to = from] = range.split('-');
  return slot >= Number(from) && slot <= Number(to);
}

function bulk(reply: string): string {
  return reply.slice(reply.indexOf('\r\n') + 2);
}

async function until(condition: () => Promise<boolean>, what: string): Promise<void> {
  for (const deadline = Date.now() + 15_000; !(await condition()); await setTimeout(20)) {
    if (Date.now() > deadline) throw new Error(`waited in vain for ${what}`);
  }
}

const SHARES = [
  [0, 5460],
  [5461, 10_922],
  [10_923, 16_383],
] as const;
