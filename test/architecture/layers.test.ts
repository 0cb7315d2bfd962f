import { describe, expect, it } from 'vitest';
import { floorOf, type Rule, violations } from './floors.ts';
import { readModule, readSources } from './module.ts';

const sources = readSources('src');

describe('the floors of src', () => {
  it('import only downwards and keep the inside pure', () => {
    expect(violations(sources)).toEqual([]);
  });

  it.each([
    ['domain', 12],
    ['ports', 5],
    ['application', 12],
    ['adapters', 1],
    ['testing', 1],
    ['root', 1],
  ] as const)('were looked at: %s has at least %i files', (floor, least) => {
    expect(sources.filter(({ path }) => floorOf(path) === floor).length).toBeGreaterThanOrEqual(least);
  });

  it('were looked at: over 30 files, and over 60 imports between them', () => {
    expect(sources.length).toBeGreaterThan(30);
    expect(sources.flatMap((file) => readModule(file).imports).length).toBeGreaterThan(60);
  });
});

const PLANTED: readonly (readonly [rule: Rule, path: string, code: string])[] = [
  ['floor', 'src/domain/a.ts', `import { clock } from '../ports/clock.ts';`],
  ['floor', 'src/domain/a.ts', `import type { Clock } from '../ports/clock.ts';`],
  ['floor', 'src/domain/jose/a.ts', `export * from '../../application/verify.ts';`],
  ['floor', 'src/domain/a.ts', `export type { Clock } from '../ports/clock.ts';`],
  ['floor', 'src/domain/a.ts', `export const load = () => import('../ports/clock.ts');`],
  ['floor', 'src/domain/a.ts', `export type Clock = import('../ports/clock.ts').Clock;`],
  ['floor', 'src/domain/a.ts', `import '../index.ts';`],
  ['floor', 'src/ports/a.ts', `import { verify } from '../application/verify.ts';`],
  ['floor', 'src/ports/a.ts', `import { memory } from '../adapters/storage/memory.ts';`],
  ['floor', 'src/application/a.ts', `import { memory } from '../adapters/storage/memory.ts';`],
  ['floor', 'src/application/a.ts', `import { createTokenService } from '../create-token-service.ts';`],
  ['floor', 'src/adapters/http/a.ts', `import { createTokenService } from '../../create-token-service.ts';`],
  ['floor', 'src/adapters/http/a.ts', `import { fakeClock } from '../../testing/fake-clock.ts';`],
  ['floor', 'src/testing/a.ts', `import { verify } from '../application/verify.ts';`],
  ['floor', 'src/testing/a.ts', `import { memory } from '../adapters/storage/memory.ts';`],
  ['floor', 'src/index.ts', `import { vectors } from '../test/vectors.ts';`],
  ['sibling', 'src/adapters/crypto/node/a.ts', `import { hmac } from '../noble/hmac.ts';`],
  ['sibling', 'src/adapters/crypto/webcrypto.ts', `import { hmac } from './node/hmac.ts';`],
  ['sibling', 'src/adapters/storage/memory.ts', `import { sqlite } from './sqlite.ts';`],
  ['sibling', 'src/adapters/http/a.ts', `import { memory } from '../storage/memory.ts';`],
  ['library', 'src/domain/a.ts', `import { z } from 'zod';`],
  ['library', 'src/ports/a.ts', `import type { Redis } from 'ioredis';`],
  ['library', 'src/application/a.ts', `import { TokenError } from 'simplejwt';`],
  ['library', 'src/testing/a.ts', `import { it } from 'vitest';`],
  ['library', 'src/domain/a.ts', `export const load = (name: string) => import(name);`],
  ['second library', 'src/adapters/http/a.ts', `import 'express'; import 'fastify';`],
  ['node', 'src/domain/a.ts', `import { createHmac } from 'node:crypto';`],
  ['node', 'src/ports/a.ts', `import type { KeyObject } from 'node:crypto';`],
  ['node', 'src/application/a.ts', `export { randomUUID } from 'node:crypto';`],
  ['node', 'src/testing/a.ts', `import assert from 'node:assert';`],
  ['impure name', 'src/domain/a.ts', `export const now = () => Date.now();`],
  ['impure name', 'src/domain/a.ts', `export const at = (when: Date) => when;`],
  ['impure name', 'src/domain/a.ts', `export const wrap = <T>(value: T): Promise<T> | T => value;`],
  ['impure name', 'src/ports/a.ts', `export const now = () => new globalThis.Date();`],
  ['impure name', 'src/ports/a.ts', `export const bytes = { Buffer };`],
  ['impure name', 'src/application/a.ts', `export const chance = () => Math.random();`],
  ['impure name', 'src/application/a.ts', `export const bytes = (text: string) => Buffer.from(text);`],
  ['impure name', 'src/application/a.ts', `export const level = process.env['LEVEL'];`],
  ['waiting', 'src/domain/a.ts', `export async function seal() {}`],
  ['waiting', 'src/domain/a.ts', `export const seal = async () => 1;`],
  ['waiting', 'src/domain/a.ts', `export const seal = { async seal() {} };`],
  ['waiting', 'src/domain/a.ts', `await seal; declare const seal: unknown; export {};`],
];

const INNOCENT: readonly (readonly [path: string, code: string])[] = [
  ['src/domain/a.ts', `import { b } from './b.ts'; import type { C } from '../domain/jose/c.ts'; export const d: C = b;`],
  [
    'src/domain/a.ts',
    `// import 'node:fs'; a Date, a Promise, await\nexport const text = "import x from 'node:fs'; Date.now()";`,
  ],
  ['src/domain/a.ts', `export const row = { Date: 1, process: 2 }; export const at = row.Date + row.process;`],
  ['src/domain/a.ts', `export interface Row { readonly Promise: string; Buffer(): void }`],
  ['src/ports/a.ts', `import type { Jti } from '../domain/token/token-id.ts'; export type Wait = Promise<Jti>;`],
  ['src/application/a.ts', `import { b } from '../ports/b.ts'; export const c = async () => await b();`],
  [
    'src/adapters/http/a.ts',
    `import { b } from './b.ts'; import 'node:http'; import 'express'; export const now = () => Date.now() + b;`,
  ],
  ['src/adapters/crypto/noble/a.ts', `import '@noble/hashes/sha2.js'; import '@noble/curves/ed25519.js'; import './b.ts';`],
  ['src/adapters/storage/redis.ts', `import { scripts } from './redis-scripts.ts'; export default scripts;`],
  ['src/testing/a.ts', `import { b } from './b.ts'; import type { Clock } from '../ports/clock.ts'; export const c = b;`],
  ['src/index.ts', `export { a } from './core.ts'; export { b } from './adapters/crypto/node/b.ts'; import 'node:crypto';`],
];

describe('the check of the floors', () => {
  it.each(PLANTED)('finds a planted violation (%s) in %s: %s', (rule, path, code) => {
    expect(violations([{ path, code }]).map((violation) => violation.rule)).toEqual([rule]);
  });

  it('finds a second library in another file of the same plug', () => {
    const files = [
      { path: 'src/adapters/storage/redis.ts', code: `import 'ioredis';` },
      { path: 'src/adapters/storage/redis/scripts.ts', code: `import 'redis';` },
      { path: 'src/adapters/storage/mongo.ts', code: `import 'mongodb';` },
    ];
    expect(violations(files)).toEqual([
      { path: 'src/adapters/storage/redis/scripts.ts', rule: 'second library', found: 'redis' },
    ]);
  });

  it.each(INNOCENT)('lets %s be: %s', (path, code) => {
    expect(violations([{ path, code }])).toEqual([]);
  });

  it('refuses a file on no floor, and one that does not parse', () => {
    expect(() => violations([{ path: 'src/helpers/a.ts', code: '' }])).toThrow('on no floor');
    expect(() => violations([{ path: 'src/domain/a.ts', code: 'import {' }])).toThrow(SyntaxError);
  });
});
