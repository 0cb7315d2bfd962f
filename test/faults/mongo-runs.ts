import { setTimeout } from 'node:timers/promises';
import type { TokenStore } from '../../src/ports/token-store.ts';
import { startFerretdb, startMongoJava } from '../servers/mongo-servers.ts';
import type { MongoProcess } from '../servers/mongo-process.ts';
import { startService, type Endpoint } from './endpoint.ts';
import { barriers, cutting, LIFE, standingStill, storeAway } from './loads.ts';
import { openStore, type OpenStore } from './open-store.ts';
import { startProxy, type Proxy } from './proxy.ts';
import { startRemoteService } from './remote-service.ts';
import type { Run, Stage } from './run.ts';

/** FerretDB keeps what it acknowledged and updates documents in two steps; mongo-java-server is fast and forgets all when it ends. */
export const MONGO_RUNS: readonly Run[] = [
  {
    name: 'kill-mongo',
    says: 'FerretDB is killed with kill -9 and started again under load',
    store: 'ferretdb',
    smoke: { rotations: 100, faults: 1 },
    full: { rotations: 1_000, faults: 10 },
    judged: [...LIFE, 'I7'],
    run: (stage) =>
      withMongo(stage, startFerretdb, async ({ server, service, findAgain }) => {
        const restart = async () => {
          await server.restart();
          await findAgain();
        };
        await stage.clients([service], () => storeAway(stage, restart), { count: FEW });
      }),
  },
  {
    name: 'barriers-mongo',
    says: '16 refreshes of one token at once, over two processes, on FerretDB, whose updates are not atomic: one successor',
    store: 'ferretdb',
    smoke: { rotations: 16, faults: 0 },
    full: { rotations: 200, faults: 0 },
    judged: ['I1', 'I5', 'I6'],
    async run(stage) {
      const server = await startFerretdb();
      const services = [1, 2].map(() => startRemoteService({ kind: 'mongo', url: server.url }));
      await barriers(stage, await Promise.all(services));
      await server.stop();
    },
  },
  {
    name: 'pause-mongo',
    says: 'the server stands still for longer than the deadline',
    store: 'mongo-java',
    smoke: { rotations: 500, faults: 1 },
    full: { rotations: 2_000, faults: 5 },
    judged: [...LIFE, 'I7', 'I11'],
    run: (stage) =>
      withMongo(stage, startMongoJava, async ({ server, service }) => {
        await stage.clients([service], () => standingStill(stage, server));
      }),
  },
  {
    name: 'cut-after-mongo',
    says: 'connections are cut after the server has applied what was sent, before anybody hears of it',
    store: 'mongo-java',
    smoke: { rotations: 400, faults: 5 },
    full: { rotations: 3_000, faults: 50 },
    judged: LIFE,
    run: (stage) =>
      withMongo(stage, startMongoJava, async ({ proxy, service }) => cutting(stage, proxy, service(), 'cutAfterApply')),
  },
  {
    name: 'cut-before-mongo',
    says: 'connections are cut before the server hears what was sent',
    store: 'mongo-java',
    smoke: { rotations: 400, faults: 5 },
    full: { rotations: 3_000, faults: 50 },
    judged: LIFE,
    run: (stage) =>
      withMongo(stage, startMongoJava, async ({ proxy, service }) => cutting(stage, proxy, service(), 'cutBeforeSend')),
  },
];

/** It reads the whole collection for each command, so more clients only wait for each other until their deadline. */
const FEW = 4;

interface MongoStage {
  readonly server: MongoProcess;
  readonly proxy: Proxy;
  /** In this process, over the driver through the proxy. */
  service(): Endpoint;
  /**
   * Waits for the driver to find a server that was away, and where it does not, takes another client: its heartbeat waits for ever if it begins while its
   * connection is being closed (6.22, 7.0 and 7.9: `writeCommand` waits for a destroyed socket to drain).
   */
  findAgain(): Promise<void>;
}

async function withMongo(
  stage: Stage,
  start: () => Promise<MongoProcess>,
  body: (mongo: MongoStage) => Promise<void>,
): Promise<void> {
  const server = await start();
  const proxy = await startProxy(server.port);
  const opened: OpenStore[] = [];
  const open = () => {
    const one = openStore({ kind: 'mongo', url: `mongodb://127.0.0.1:${proxy.port}/simplejwt` });
    opened.push(one);
    return { store: one.store, service: startService(one.store, stage.clock.now) };
  };
  let newest = open();
  try {
    await body({
      server,
      proxy,
      service: () => newest.service,
      async findAgain() {
        if (await answers(newest.store)) return;
        newest = open();
        stage.note('clients that never found the server again', opened.length - 1);
      },
    });
  } finally {
    for (const { close } of opened) await close();
    await proxy.close();
    await server.stop();
  }
}

/** Within some seconds; a call is given up after two. */
async function answers(store: TokenStore): Promise<boolean> {
  for (let tries = 0; tries < 3; tries++) {
    try {
      await store.epoch({});
      return true;
    } catch {
      await setTimeout(100);
    }
  }
  return false;
}
