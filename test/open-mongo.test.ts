import { MongoClient } from 'mongodb';
import { MongoClient as MongoClient70 } from 'mongodb70';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { OpenedStore } from '../src/adapters/cli/serve-store.ts';
import { openMongo } from '../src/open-mongo.ts';
import { MONGO_SERVERS, type MongoServer } from './servers/mongo-servers.ts';
import { freePort } from './servers/ports.ts';
import { replicasAgree, sessionsOutlive } from './serving.ts';

const mistakeOf = async (opening: Promise<OpenedStore>) =>
  opening.then(
    () => 'none',
    ({ name, message }: Error) => `${name}: ${message}`,
  );

describe('serve --store mongodb:', () => {
  it.each([
    'mongodb:',
    'mongodb://host',
    'mongodb://host/',
    'mongodb://ada:pass@/tokens',
    'mongodb://ada:pa@ss@host/tokens',
    'mongodb://ada:pass@host/tokens/pass',
  ])('is not %j, and it is said what to write', async (url) => {
    expect(await mistakeOf(openMongo(url))).toBe(
      'UsageError: --store mongodb: must be as mongodb://HOST:27017/DATABASE or mongodb+srv://USER:PASSWORD@HOST/DATABASE',
    );
  });

  it('says what to install where there is no driver', async () => {
    const load = async () => Promise.reject(Object.assign(new Error('no such package'), { code: 'ERR_MODULE_NOT_FOUND' }));
    expect(await mistakeOf(openMongo('mongodb://ada:pass@mongo.example/tokens?appName=pass', { load }))).toBe(
      'UsageError: --store mongodb://mongo.example/tokens needs a driver that is not installed: npm install mongodb',
    );
  });

  it('says that the options are none, without repeating them', async () => {
    expect(await mistakeOf(openMongo('mongodb://ada:pass@mongo.example/tokens?pass=pass'))).toBe(
      'UsageError: --store mongodb://mongo.example/tokens: the driver refuses the options behind the question mark',
    );
  });

  it('says that nobody answers, without the password', async () => {
    const port = await freePort();
    const mistake = await mistakeOf(openMongo(`mongodb://ada:pass@127.0.0.1:${port}/tokens`));
    expect(mistake).toContain(`UsageError: --store mongodb://127.0.0.1:${port}/tokens cannot be used (`);
    expect(mistake).not.toContain('pass');
  });
});

for (const { name, expiry, drivers, has, start } of MONGO_SERVERS) {
  describe.skipIf(!has())(`serve --store mongodb: with ${name}`, () => {
    let server: MongoServer;
    beforeAll(async () => {
      server = await start();
    });
    afterAll(() => server.stop());
    const driver = drivers.includes('mongodb') ? MongoClient : MongoClient70;

    it('has what expires collected by the server where that can, else by the service', async () => {
      await using opened = await openMongo(server.url, {
        load: async () => ({ MongoClient: driver as typeof MongoClient }),
      });
      expect(opened.store.expiresNatively).toBe(expiry === 'server');
      expect(await opened.store.epoch({})).toBe(0);
    });

    if (drivers.includes('mongodb')) {
      it('checks access tokens by a copy of the revocations, where a replica is asked for', async () => {
        expect(await replicasAgree(server.url)).toContain('Access tokens are checked by a copy of its revocations');
      });

      it('keeps sessions over a restart: a spent token stays spent', async () => {
        await sessionsOutlive(server.url, server.url.replace(/\/\/[^@/]*@/, '//').replace(/\?.*/, ''));
      });
    }
  });
}
