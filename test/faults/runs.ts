import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { temporaryDirectory } from '../servers/guard.ts';
import { startRedis, type RedisServer } from '../servers/redis-server.ts';
import { failoverUnderStall, migratingSlots } from './redis-groups.ts';
import { cyclesOfLoad } from './cycles.ts';
import { startService, type Endpoint } from './endpoint.ts';
import { barriers, cutting, LIFE, standingStill, storeAway } from './loads.ts';
import { MONGO_RUNS } from './mongo-runs.ts';
import { openStore } from './open-store.ts';
import { startProxy, type Proxy } from './proxy.ts';
import { startRemoteService } from './remote-service.ts';
import { partedReplica, restartedReplica, STALENESS_MS } from './replica.ts';
import type { Run, Stage } from './run.ts';

export const RUNS: readonly Run[] = [
  {
    name: 'clock-memory',
    says: 'the clock jumps an hour on or back under load',
    store: 'memory',
    smoke: { rotations: 2_000, faults: 6 },
    full: { rotations: 50_000, faults: 40 },
    judged: LIFE,
    async run(stage) {
      const { store } = openStore({ kind: 'memory' });
      const service = startService(store, stage.clock.now);
      await stage.clients([() => service], jumpingClock(stage));
    },
  },
  {
    name: 'kill-redis',
    says: 'the server is killed with kill -9 and started again under load (AOF always)',
    store: 'redis',
    smoke: { rotations: 3_000, faults: 3 },
    full: { rotations: 100_000, faults: 20 },
    judged: [...LIFE, 'I7'],
    run: (stage) =>
      withRedis(stage, async ({ server, service }) => {
        await stage.clients([() => service], async () => {
          await storeAway(stage, () => server.restart());
        });
      }),
  },
  {
    name: 'pause-redis',
    says: 'the server stands still for longer than the deadline',
    store: 'redis',
    smoke: { rotations: 1_000, faults: 2 },
    full: { rotations: 20_000, faults: 20 },
    judged: [...LIFE, 'I7', 'I11'],
    run: (stage) =>
      withRedis(stage, async ({ server, service }) => {
        await stage.clients([() => service], async () => {
          await standingStill(stage, server);
        });
      }),
  },
  {
    name: 'cut-after-redis',
    says: 'connections are cut after the server has applied what was sent, before anybody hears of it',
    store: 'redis',
    smoke: { rotations: 2_000, faults: 20 },
    full: { rotations: 100_000, faults: 200 },
    judged: LIFE,
    run: (stage) => withRedis(stage, async ({ proxy, service }) => cutting(stage, proxy, service, 'cutAfterApply')),
  },
  {
    name: 'cut-before-redis',
    says: 'connections are cut before the server hears what was sent',
    store: 'redis',
    smoke: { rotations: 1_000, faults: 10 },
    full: { rotations: 100_000, faults: 200 },
    judged: LIFE,
    run: (stage) => withRedis(stage, async ({ proxy, service }) => cutting(stage, proxy, service, 'cutBeforeSend')),
  },
  {
    name: 'cycles-redis',
    says: 'load comes and goes ten times, each with a cut: heap, sockets and timers stay as they were (rotations are those of one time)',
    store: 'redis',
    smoke: { rotations: 300, faults: 0 },
    full: { rotations: 5_000, faults: 0 },
    judged: ['I9'],
    run: (stage) => withRedis(stage, async ({ proxy, service }) => cyclesOfLoad(stage, service, proxy)),
  },
  {
    name: 'noscript-redis',
    says: 'the server forgets its scripts under load',
    store: 'redis',
    smoke: { rotations: 1_000, faults: 20 },
    full: { rotations: 20_000, faults: 500 },
    judged: LIFE,
    run: (stage) =>
      withRedis(stage, async ({ server, service }) => {
        await stage.clients([() => service], async () => {
          await server.ask('SCRIPT', 'FLUSH');
        });
      }),
  },
  {
    name: 'clock-redis',
    says: 'the clock of the service jumps an hour on or back under load',
    store: 'redis',
    smoke: { rotations: 1_000, faults: 4 },
    full: { rotations: 20_000, faults: 40 },
    judged: LIFE,
    run: (stage) => withRedis(stage, async ({ service }) => stage.clients([() => service], jumpingClock(stage))),
  },
  {
    name: 'barriers-redis',
    says: '16 refreshes of one token at once, over two processes: one successor',
    store: 'redis',
    smoke: { rotations: 300, faults: 0 },
    full: { rotations: 10_000, faults: 0 },
    judged: ['I1', 'I5', 'I6'],
    run: (stage) =>
      withRedis(stage, async ({ server }) => {
        const services = [1, 2].map(() => startRemoteService({ kind: 'redis', port: server.port }));
        await barriers(stage, await Promise.all(services));
      }),
  },
  {
    name: 'barriers-sqlite',
    says: '16 refreshes of one token at once, over two processes: one successor',
    store: 'sqlite',
    smoke: { rotations: 100, faults: 0 },
    full: { rotations: 10_000, faults: 0 },
    judged: ['I1', 'I5', 'I6'],
    async run(stage) {
      const path = join(temporaryDirectory().path, 'tokens.db');
      await barriers(stage, [
        await startRemoteService({ kind: 'sqlite', path }),
        await startRemoteService({ kind: 'sqlite', path }),
      ]);
    },
  },
  {
    name: 'kill-sqlite',
    says: 'one of two processes on one file is killed with kill -9 and started again under load (FULL)',
    store: 'sqlite',
    smoke: { rotations: 1_000, faults: 3 },
    full: { rotations: 100_000, faults: 20 },
    judged: ['I1', 'I2', 'I4', 'I5', 'I6', 'I10', 'I11'],
    async run(stage) {
      const path = join(temporaryDirectory().path, 'tokens.db');
      const services = await Promise.all([1, 2].map(() => startRemoteService({ kind: 'sqlite', path })));
      let kills = 0;
      const endpoints = services.map((service) => () => service);
      // a client whose process dies goes on with the other: what one has acknowledged the other must know
      const anyOf = (first: number) => () => {
        const service = services[(first + kills) % services.length];
        if (service === undefined) throw new Error('there are two');
        return service;
      };
      await stage.clients(
        endpoints.map((_, index) => anyOf(index)),
        async () => {
          const service = services[kills % services.length];
          await service?.kill();
          kills++;
          await service?.start();
        },
        { timed: false },
      );
      for (const service of services) await service.kill();
    },
  },
  {
    name: 'failover-sentinel',
    says: "replication stalls for a second, then the master is killed and a replica takes over (durability 'replicated')",
    store: 'sentinel',
    smoke: { rotations: 300, faults: 1 },
    full: { rotations: 10_000, faults: 50 },
    judged: ['I1', 'I2', 'I4', 'I5', 'I6', 'I8', 'I10', 'I11'],
    run: failoverUnderStall,
  },
  {
    name: 'slots-cluster',
    says: 'slots move from master to master under load',
    store: 'cluster',
    smoke: { rotations: 1_000, faults: 10 },
    full: { rotations: 50_000, faults: 300 },
    judged: LIFE,
    run: migratingSlots,
  },
  ...MONGO_RUNS,
  {
    name: 'replica-partition',
    says: 'of two hosts one is parted from Redis for longer than its replica may be stale, which then refuses (rotations are revocations)',
    store: 'redis',
    smoke: { rotations: 2_000, faults: 1 },
    full: { rotations: 60_000, faults: 10 },
    maxStalenessMs: STALENESS_MS,
    judged: ['I2', 'I3', 'I5', 'I6', 'I8', 'I10'],
    run: partedReplica,
  },
  {
    name: 'replica-restart',
    says: 'two hosts with replicas; Redis is killed and started again, then a host (rotations are revocations)',
    store: 'redis',
    smoke: { rotations: 2_000, faults: 2 },
    full: { rotations: 60_000, faults: 20 },
    maxStalenessMs: STALENESS_MS,
    judged: ['I2', 'I3', 'I5', 'I6', 'I7', 'I8', 'I10'],
    run: restartedReplica,
  },
];

function jumpingClock({ clock, seed }: Stage): () => Promise<void> {
  let jump = seed;
  return async () => {
    jump++;
    clock.offset = [3600, 0, -3600, 0][jump % 4] ?? 0;
    await setTimeout(20);
  };
}

interface RedisStage {
  readonly server: RedisServer;
  readonly proxy: Proxy;
  /** In this process, over ioredis through the proxy. */
  readonly service: Endpoint;
}

async function withRedis(stage: Stage, body: (redis: RedisStage) => Promise<void>): Promise<void> {
  const server = await startRedis();
  const proxy = await startProxy(server.port);
  const { store, close } = openStore({ kind: 'redis', port: proxy.port });
  try {
    await body({ server, proxy, service: startService(store, stage.clock.now) });
  } finally {
    await close();
    await proxy.close();
    await server.stop();
  }
}
