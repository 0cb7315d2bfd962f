import { describe, expect, it } from 'vitest';
import { revocationList, type RevocationListOptions } from 'simplejwt/storage/memory';
import { fakeClock } from '../../../src/testing/fake-clock.ts';

const HEX = '4f1c9d0a5b7e42689a3b6c8d2e0f7a15';
const UUID = '4f1c9d0a-5b7e-4268-9a3b-6c8d2e0f7a15';

const started = (options: RevocationListOptions = {}) => {
  const clock = fakeClock();
  return { clock, now: clock(), list: revocationList({ clock, ...options }) };
};

describe('a revocation list', () => {
  it('has what was revoked, whatever the form of the id', () => {
    const { list, now } = started();
    expect(list.has(HEX)).toBe(false);
    for (const jti of [HEX, UUID, HEX.toUpperCase(), '', 'toString', '__proto__', 'x'.repeat(10_000)]) {
      expect(list.has(jti)).toBe(false);
      list.add(jti, now + 60);
      expect(list.has(jti)).toBe(true);
    }
    expect(list.size).toBe(7);
  });

  it('has no id that is no string', () => {
    const { list, now } = started();
    list.add('undefined', now + 60);
    list.add('5', now + 60);
    for (const jti of [undefined, null, 5, ['5'], {}]) expect(list.has(jti)).toBe(false);
  });

  it.each([HEX, UUID])('keeps %s until its expiry, the leeway and a minute have passed, to the second', (jti) => {
    const { list, clock, now } = started({ leeway: '30s' });
    list.add(jti, now + 900);
    for (const seconds of [899, 900, 930, 989]) {
      clock.set(now + seconds);
      expect(list.purge()).toBe(0);
      expect(list.has(jti)).toBe(true);
    }
    clock.set(now + 990);
    expect(list.has(jti)).toBe(true); // expired, and not collected
    expect(list.purge(clock())).toBe(1);
    expect([list.has(jti), list.size]).toEqual([false, 0]);
  });

  it.each([HEX, UUID])('rounds the expiry of %s up', (jti) => {
    const { list, now } = started({ leeway: 0.25 });
    list.add(jti, now + 900.5);
    expect(list.purge(now + 960.99)).toBe(0);
    expect(list.purge(now + 961)).toBe(1);
  });

  it.each([HEX, UUID])('keeps the later expiry of %s', (jti) => {
    const { list, now } = started();
    list.add(jti, now + 900);
    list.add(jti, now + 10);
    expect(list.size).toBe(1);
    expect(list.purge(now + 959)).toBe(0);
    expect(list.purge(now + 960)).toBe(1);
  });

  it.each([HEX, UUID])('never forgets %s if it never expires', (jti) => {
    const { list, now } = started();
    list.add(jti, Infinity);
    expect(list.purge(now + 1e9)).toBe(0);
    expect(list.purge(1e15)).toBe(0);
    expect(list.has(jti)).toBe(true);
  });

  it('refuses with store_full (503) at its bound, and drops no entry for it', () => {
    const { list, clock, now } = started({ maxEntries: 4 });
    const jtis = ['a', UUID, HEX, '0'.repeat(32)];
    for (const jti of jtis) list.add(jti, now + (jti === HEX ? 60 : 900));
    const refused = (jti: string) =>
      expect(() => list.add(jti, now + 900)).toThrow(expect.objectContaining({ code: 'store_full', status: 503 }));
    refused('one more');
    list.add('a', now + 1000); // needs no room
    clock.set(now + 119);
    refused('one more');
    for (const jti of jtis) expect(list.has(jti)).toBe(true);
    clock.set(now + 120); // one is past its minute
    list.add('one more', now + 900);
    expect([list.size, list.has(HEX), list.has('one more')]).toEqual([4, false, true]);
    refused('another');
  });

  it('refuses what it could not mean', () => {
    const { list, now } = started();
    for (const expiresAt of [NaN, -Infinity, undefined as never, null as never, '900' as never]) {
      expect(() => list.add(HEX, expiresAt)).toThrow(expect.objectContaining({ name: 'ConfigError', option: 'expiresAt' }));
    }
    for (const jti of [undefined, 5, null]) {
      expect(() => list.add(jti as never, now)).toThrow(expect.objectContaining({ name: 'ConfigError', option: 'jti' }));
    }
    expect(list.size).toBe(0);
  });

  it('refuses options that are misspelt or impossible', () => {
    const refused = (options: object, option: string) =>
      expect(() => revocationList(options)).toThrow(expect.objectContaining({ name: 'ConfigError', option }));
    refused({ maxEntrys: 5 }, 'maxEntrys');
    for (const maxEntries of [0, -1, 1.5, NaN, Infinity, '5', null]) refused({ maxEntries }, 'maxEntries');
    for (const leeway of [-1, NaN, 'soon', null]) refused({ leeway }, 'leeway');
    for (const clock of [5, null, 'now']) refused({ clock }, 'clock');
  });

  it('reads the system clock unless it is given another', () => {
    const list = revocationList();
    list.add(HEX, Date.now() / 1000 - 3600);
    list.add(UUID, Date.now() / 1000 + 3600);
    expect(list.purge()).toBe(1);
    expect(list.has(UUID)).toBe(true);
  });
});
