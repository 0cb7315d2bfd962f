import { setTimeout } from 'node:timers/promises';
import { startRedisCluster, type RedisCluster } from '../servers/redis-cluster.ts';
import { startSentinelGroup, type SentinelGroup } from '../servers/redis-sentinel.ts';
import type { RedisServer } from '../servers/redis-server.ts';
import { startService } from './endpoint.ts';
import { openStore } from './open-store.ts';
import type { Stage } from './run.ts';

/** Both replicas stand still for a second, so that what the master takes meanwhile is nowhere else; then it is killed, and they wake. */
export async function failoverUnderStall(stage: Stage): Promise<void> {
  const group = await startSentinelGroup();
  const { store, close } = openStore({ kind: 'sentinel', port: group.sentinel.port, name: group.name });
  const service = startService(store, stage.clock.now);
  const note = (state: 'down' | 'up') => stage.recorder.note({ type: 'store', at: performance.now(), state });
  try {
    await stage.clients(
      [() => service],
      async () => {
        const [old, replicas] = [await group.master(), await group.replicas()];
        note('down');
        for (const replica of replicas) replica.pause();
        await setTimeout(1_000);
        await old.kill();
        for (const replica of replicas) replica.resume();
        await successorOf(old, () => group.master());
        await old.restart();
        await follow(group);
        note('up');
      },
      { revokePercent: 20 },
    );
  } finally {
    await close();
    await group.stop();
  }
}

/** The sentinel turns replicas to their new master by itself, but takes its time over one that was away. */
async function follow(group: SentinelGroup): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    const master = await group.master();
    for (const server of group.servers) {
      if (server !== master) await server.ask('REPLICAOF', '127.0.0.1', String(master.port));
    }
    try {
      return await group.inStep(2);
    } catch (error) {
      if (attempt === MOST_ATTEMPTS) throw error;
    }
  }
}

async function successorOf(old: RedisServer, master: () => Promise<RedisServer>): Promise<void> {
  for (const until = Date.now() + 60_000; Date.now() < until; await setTimeout(50)) {
    const now = await master();
    if (now !== old && (await now.ask('ROLE')).includes('master')) return;
  }
  throw new Error('no replica takes over within a minute');
}

/** Moves slots that hold keys from one master to the next, key by key, while they are asked for. */
export async function migratingSlots(stage: Stage): Promise<void> {
  const cluster = await startRedisCluster();
  const { store, close } = openStore({ kind: 'cluster', ports: cluster.nodes.map(({ port }) => port) });
  const service = startService(store, stage.clock.now);
  let [moves, keys] = [0, 0];
  try {
    await stage.clients([() => service], async () => {
      keys += await moveSlot(cluster, moves++ % 3);
    });
    stage.note('keys moved', keys);
    stage.check('no key was moved', keys > 0);
  } finally {
    await close();
    await cluster.stop();
  }
}

async function moveSlot(cluster: RedisCluster, from: number): Promise<number> {
  const masters = cluster.nodes.slice(0, 3);
  const [source, target] = [masters[from], masters[(from + 1) % 3]];
  if (source === undefined || target === undefined) throw new Error('a cluster has three masters');
  const key = lastLine(await source.ask('RANDOMKEY'));
  const slot = String(await cluster.slotOf(key));
  if ((await cluster.masterOf(Number(slot))) !== source) return 0; // it has just gone
  const [sourceId, targetId] = [await cluster.idOf(source), await cluster.idOf(target)];
  await expectOk(target.ask('CLUSTER', 'SETSLOT', slot, 'IMPORTING', sourceId));
  await expectOk(source.ask('CLUSTER', 'SETSLOT', slot, 'MIGRATING', targetId));
  let moved = 0;
  for (;;) {
    const reply = await source.ask('CLUSTER', 'GETKEYSINSLOT', slot, '1');
    if (reply.startsWith('*0')) break;
    await source.ask('MIGRATE', '127.0.0.1', String(target.port), lastLine(reply), '0', '1000');
    moved++;
    await setTimeout(5); // some of the slot is here and some there
  }
  for (const node of [target, source, ...masters.filter((one) => one !== source && one !== target)]) {
    await expectOk(node.ask('CLUSTER', 'SETSLOT', slot, 'NODE', targetId));
  }
  return moved;
}

async function expectOk(reply: Promise<string>): Promise<void> {
  const text = await reply;
  if (text !== '+OK') throw new Error(`the cluster says ${text}`);
}

function lastLine(reply: string): string {
  return reply.slice(reply.lastIndexOf('\r\n') + 2);
}

const MOST_ATTEMPTS = 4;
