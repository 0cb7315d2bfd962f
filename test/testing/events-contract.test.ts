import { describe, expect, it } from 'vitest';
import { eventsContract } from '../../src/testing/events-contract.ts';
import { judge } from './collect.ts';

const lines: string[] = [];

eventsContract({
  name: 'an observer that writes lines',
  describe,
  it,
  createEvents: () => ({
    obtained: ({ user }) => lines.push(`obtained ${user}`),
    reused: ({ kind, familyEnded }) => lines.push(`reused ${kind} ${familyEnded}`),
    storeError: async ({ operation }) => lines.push(`storeError ${operation}`),
  }),
});
eventsContract({ name: 'no observer', describe, it, createEvents: () => ({}) });

describe('the contract of TokenEvents', () => {
  it.each([
    [
      'throws',
      () => {
        throw new Error('no');
      },
    ],
    ['rejects', () => Promise.reject(new Error('no'))],
  ])('catches an observer that %s', async (_how, revoked) => {
    const { broken, count } = await judge((runner) =>
      eventsContract({ name: 'events', createEvents: () => ({ revoked }), ...runner }),
    );
    expect(broken).toHaveLength(count);
  });
});
