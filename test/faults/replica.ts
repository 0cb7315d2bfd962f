import { setTimeout } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { redisFeed, redisStore } from '../../src/adapters/storage/redis.ts';
import { replicaStore, type ReplicaStore } from '../../src/adapters/storage/replica.ts';
import { seeded } from '../proof/random.ts';
import { startRedis, type RedisServer } from '../servers/redis-server.ts';
import type { Client, End, Pair } from './client.ts';
import { startService, type Endpoint } from './endpoint.ts';
import { startProxy } from './proxy.ts';
import type { Stage } from './run.ts';

export const STALENESS_MS = 1000;

/** A host that revokes, and one that checks beyond a network that parts. */
export async function partedReplica(stage: Stage): Promise<void> {
  const server = await startFeed();
  const proxy = await startProxy(server.port);
  const [revoking, checking] = [startHost(server.port, stage, 'ask'), startHost(proxy.port, stage, 'refuse')];
  try {
    await stage.load(revocations(stage, revoking, checking), async () => {
      proxy.part();
      await setTimeout(2.5 * STALENESS_MS);
      proxy.heal();
      await setTimeout(STALENESS_MS);
    });
    const { refused, local } = noted(stage, checking);
    stage.check('no check was refused while the network was parted', refused > 0);
    stage.check('the replica answered too little to be judged by', local > 500);
  } finally {
    for (const host of [revoking, checking]) await host.close();
    await proxy.close();
    await server.stop();
  }
}

/** Redis dies and comes back with its data; every other time the host that checks is started anew besides, and asked at once. */
export async function restartedReplica(stage: Stage): Promise<void> {
  const server = await startFeed();
  const hosts = [startHost(server.port, stage, 'ask'), startHost(server.port, stage, 'ask')] as const;
  const [revoking, checking] = hosts;
  let restarts = 0;
  try {
    await stage.load(revocations(stage, revoking, checking), async () => {
      if (restarts++ % 2 === 0) {
        stage.recorder.note({ type: 'store', at: performance.now(), state: 'down' });
        await server.restart();
        stage.recorder.note({ type: 'store', at: performance.now(), state: 'up' });
      } else await checking.restart();
      await setTimeout(STALENESS_MS);
    });
    const { local, failures } = noted(stage, checking);
    stage.check('the replica answered too little to be judged by', local > 500);
    stage.check('no read of the feed failed over a restart', failures > 0 || revoking.replica().diagnostics().failures > 0);
  } finally {
    for (const host of hosts) await host.close();
    await server.stop();
  }
}

/** A server whose feed has been there for an hour: so copies answer about tokens of now. */
async function startFeed(): Promise<RedisServer> {
  const server = await startRedis();
  const client = new Redis({ port: server.port, host: '127.0.0.1' });
  const reader = redisFeed(client, { clock: () => Date.now() / 1000 - 3600 }).follow();
  await reader.read({ waitMs: 0 });
  await reader.close();
  client.disconnect();
  return server;
}

interface Host extends Endpoint {
  replica(): ReplicaStore;
  /** As an application that is started anew: another connection and an empty copy. */
  restart(): Promise<void>;
  close(): Promise<void>;
}

function startHost(port: number, { clock }: Stage, beyond: 'ask' | 'refuse'): Host {
  function open() {
    const client = new Redis({ port, host: '127.0.0.1', retryStrategy: () => 20, maxLoadingRetryTime: 100 });
    client.on('error', () => undefined);
    const store = redisStore(client, { onWarning: () => undefined });
    const replica = replicaStore(store, redisFeed(client), { maxStalenessSeconds: STALENESS_MS / 1000, beyond });
    const close = async () => {
      await replica[Symbol.asyncDispose]();
      client.disconnect();
    };
    return { replica, service: startService(replica, clock.now), close };
  }
  let opened = open();
  return {
    ask: (ask) => opened.service.ask(ask),
    replica: () => opened.replica,
    async restart() {
      const before = opened;
      opened = open(); // asked at once, before its copy is complete
      await before.close();
    },
    close: () => opened.close(),
  };
}

/**
 * Sessions come, are checked on the other host, and are ended in one way or another, so many in a second. Each is checked again at once, and
 * somewhat later: within the bound, about it, and beyond.
 */
export async function revocations(stage: Stage, revoking: Endpoint, checking: Endpoint, aSecond = 1200): Promise<void> {
  const { tally, seed } = stage;
  const started = performance.now();
  const later = new Set<Promise<void>>();

  async function session(client: Client, user: string, dice: (below: number) => number): Promise<void> {
    const pair: Pair | End = await client.login(revoking, user);
    if (typeof pair === 'string') {
      await setTimeout(10);
      return;
    }
    // its family is known after the first, and the others are answered by the copy
    for (let check = dice(5); check > 0; check--) await client.verify(checking, pair.access, { cached: true });
    const ways = [
      () => client.revokeFamily(revoking, pair.family),
      () => client.revokeFamily(revoking, pair.family),
      () => client.revokeUser(revoking, user),
    ];
    const way = ways[dice(ways.length)];
    for (let end: End = 'unknown'; end === 'unknown' && !tally.stopped;) {
      end = (await way?.()) ?? 'ok';
      if (end === 'unknown') tally.unknown++;
    }
    tally.revocations++;
    tally.rotations++;
    await client.verify(checking, pair.access, { cached: true });
    if (dice(20) === 0) await client.verify(checking, pair.refresh);
    const again = checkLater(client, pair, dice(3 * STALENESS_MS)).finally(() => later.delete(again));
    later.add(again);
  }

  async function checkLater(client: Client, { access }: Pair, ms: number): Promise<void> {
    await setTimeout(ms);
    await client.verify(checking, access, { cached: true });
  }

  await Promise.all(
    stage.newClients(32).map(async (client, index) => {
      const dice = seeded(seed * 1000 + index);
      for (let count = 0; !tally.stopped; count++) {
        await session(client, `user ${index} ${count}`, dice);
        while (tally.revocations > ((performance.now() - started) / 1000) * aSecond) await setTimeout(5);
      }
    }),
  );
  const seconds = (performance.now() - started) / 1000;
  stage.note('revocations a second', Math.round(tally.revocations / seconds));
  await Promise.all(later);
}

function noted(stage: Stage, host: Host): ReturnType<ReplicaStore['diagnostics']> {
  const diagnostics = host.replica().diagnostics();
  for (const name of ['local', 'asked', 'refused', 'failures'] as const) stage.note(`checks ${name}`, diagnostics[name]);
  return diagnostics;
}
