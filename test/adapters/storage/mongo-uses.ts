import { expect } from 'vitest';
import type { TokenPair, TokenService } from '../../../src/application/token-service.ts';
import { recommended } from '../../../src/application/config.ts';
import type { MongoStoreOptions } from '../../../src/adapters/storage/mongo.ts';
import { ADA, bearer, claimsOf, fixture, listed, outcomeOf, refreshOf, type Fixture } from '../../application/fixture.ts';
import type { Trouble, TroubledStore } from './mongo-trouble.ts';

/** A service over a store in trouble, with a user who is logged in twice. */
export interface World extends TroubledStore, Pick<Fixture, 'service' | 'log' | 'clock'> {
  /** The same, which waits for the store for a moment only. */
  readonly hasty: TokenService;
  /** The same, whose refresh tokens are not rotated. */
  readonly lenient: TokenService;
  readonly pair: TokenPair;
  readonly other: TokenPair;
}

/** What a client has of a service. */
export interface Use {
  readonly name: string;
  /** The commands it takes. */
  readonly sends: readonly ('find' | 'insert' | 'update')[];
  /** How many families it ends. */
  readonly ends: number;
  /** Answers what then is to hold. Takes a service that may be the hasty one. */
  make(world: World, service?: TokenService): Promise<() => Promise<void>>;
}

export async function openWorld(trouble: Trouble, options: MongoStoreOptions = {}): Promise<World> {
  const opened = trouble.open(options);
  const strict = { ...recommended, checkAccessRevocation: true, store: opened.store } as const;
  const { service, log, clock, users } = fixture({ ...strict, storeDeadlineSeconds: 15 });
  const shared = { users, clock, fingerprintKey: undefined };
  const unspent = { rotateRefreshTokens: false, blacklistAfterRotation: false, requireOutstanding: true };
  return {
    ...opened,
    service,
    log,
    clock,
    hasty: fixture({ ...strict, ...shared, storeDeadlineSeconds: 0.1 }).service,
    lenient: fixture({ ...strict, ...shared, ...unspent, storeDeadlineSeconds: 15 }).service,
    pair: await service.obtainPair(ADA),
    other: await service.obtainPair(ADA),
  };
}

/** Nobody was taken for a thief, no family ended that was not to, and each token that was spent has the one successor that is on record. */
export function expectUnharmed({ log, kept }: World, { name, ends }: Use): void {
  const successors = kept('x:').flatMap(({ successor }) =>
    successor === undefined ? [] : [Reflect.get(Object(successor), 'jti')],
  );
  const tokens = kept('t:').map(({ jti }) => jti);
  expect({ name, reused: log.filter(([event]) => event === 'reused') }).toEqual({ name, reused: [] });
  expect({ name, ended: kept('r:').length }).toEqual({ name, ended: ends });
  expect({ name, tokens }).toEqual({ name, tokens: expect.arrayContaining(successors) });
  expect({ name, tokens: tokens.length }).toEqual({ name, tokens: kept('f:').length + successors.length });
}

export const familyOf = ({ refresh }: TokenPair) => claimsOf(refresh).family_id;

/** A call that was lost may have done its work: then the next is told so. */
const unlessDone = (call: Promise<void>, done: 'revoked' | 'family_revoked') =>
  call.catch((error: unknown) => {
    if (Reflect.get(Object(error), 'code') !== done) throw error;
  });

const checkOf = (service: TokenService, { access }: TokenPair) => outcomeOf(service.authenticate(bearer(access)));

async function expectSessions({ service }: World, ...pairs: readonly TokenPair[]): Promise<void> {
  expect((await listed(service.sessions(7))).toSorted()).toEqual(pairs.map(familyOf).toSorted());
}

async function expectEnded(world: World, how: string, ended: readonly TokenPair[], alive: readonly TokenPair[]): Promise<void> {
  for (const pair of ended) {
    expect(await checkOf(world.service, pair)).toBe(how);
    expect(await outcomeOf(world.service.refresh(pair.refresh))).toBe(how);
  }
  for (const pair of alive) expect(await checkOf(world.service, pair)).toBe('ok');
  await expectSessions(world, ...alive);
}

export const USES: readonly Use[] = [
  {
    name: 'a login',
    sends: ['find', 'insert'],
    ends: 0,
    async make(world, service = world.service) {
      const pair = await service.obtainPair(ADA);
      return async () => {
        expect(await checkOf(world.service, pair)).toBe('ok');
        expect(await listed(world.service.sessions(7))).toEqual(
          expect.arrayContaining([world.pair, world.other, pair].map(familyOf)),
        );
        expect(await outcomeOf(world.service.refresh(pair.refresh))).toBe('ok');
      };
    },
  },
  {
    name: 'a refresh',
    sends: ['find', 'insert'],
    ends: 0,
    async make(world, service = world.service) {
      const next = refreshOf(await service.refresh(world.pair.refresh));
      return async () => {
        const again = refreshOf(await world.service.refresh(world.pair.refresh));
        expect(claimsOf(again).jti).toBe(claimsOf(next).jti);
        expect(await outcomeOf(world.service.refresh(next))).toBe('ok');
        await expectSessions(world, world.pair, world.other);
      };
    },
  },
  {
    name: 'a refresh that spends nothing',
    sends: ['find', 'update'],
    ends: 0,
    async make(world, service = world.lenient) {
      const { access } = await service.refresh(world.pair.refresh);
      return async () => {
        expect(await outcomeOf(world.service.authenticate(bearer(access)))).toBe('ok');
        expect(await outcomeOf(world.lenient.refresh(world.pair.refresh))).toBe('ok');
        await expectSessions(world, world.pair, world.other);
      };
    },
  },
  {
    name: 'a check',
    sends: ['find'],
    ends: 0,
    async make(world, service = world.service) {
      await service.authenticate(bearer(world.pair.access));
      return () => expectEnded(world, 'ok', [], [world.pair, world.other]);
    },
  },
  {
    name: 'a logout',
    sends: ['find', 'insert'],
    ends: 0,
    async make(world, service = world.service) {
      await unlessDone(service.blacklist(world.pair.refresh), 'revoked');
      return () => expectEnded(world, 'revoked', [world.pair], [world.other]);
    },
  },
  {
    name: 'a logout of the device',
    sends: ['find', 'insert'],
    ends: 1,
    async make(world, service = world.service) {
      await unlessDone(service.blacklistFamily(world.pair.refresh), 'family_revoked');
      return () => expectEnded(world, 'family_revoked', [world.pair], [world.other]);
    },
  },
  {
    name: 'the end of a listed session',
    sends: ['find', 'insert'],
    ends: 1,
    async make(world, service = world.service) {
      await service.revokeFamily(familyOf(world.pair));
      return () => expectEnded(world, 'family_revoked', [world.pair], [world.other]);
    },
  },
  {
    name: 'a logout everywhere',
    sends: ['find', 'insert'],
    ends: 0,
    async make(world, service = world.service) {
      await service.revokeUser(7);
      return () => expectEnded(world, 'revoked', [world.pair, world.other], []);
    },
  },
  {
    name: 'a logout everywhere else',
    sends: ['find', 'insert'],
    ends: 0,
    async make(world, service = world.service) {
      await service.revokeOtherSessions(world.pair.refresh);
      return () => expectEnded(world, 'revoked', [world.other], [world.pair]);
    },
  },
];
