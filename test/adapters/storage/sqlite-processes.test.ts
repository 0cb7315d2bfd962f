import { fork, spawn, type ChildProcess } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sqliteStore } from 'simplejwt/storage/sqlite';
import { ADA, familyOf, jtiOf, startScenario } from '../../../src/testing/storage/scenario.ts';
import { bundleProgram } from '../../package/bundle-program.ts';
import { newFile } from './new-file.ts';
import type { Acknowledged, Answer, Order } from './sqlite-child.ts';
import { betterSqlite, betterSqliteFile, drivers } from './sqlite-drivers.ts';

const program = newFile().replace(/db$/, 'mjs');
const started: ChildProcess[] = [];
beforeAll(() => bundleProgram(fileURLToPath(new URL('sqlite-child.ts', import.meta.url)), program));
afterAll(() => {
  for (const child of started) child.kill('SIGKILL');
});

const env = {
  ...process.env,
  NODE_OPTIONS: '',
  ...(typeof betterSqlite === 'object' ? { SIMPLEJWT_BETTER_SQLITE3: betterSqliteFile() } : {}),
};

async function ask(child: ChildProcess, order: Order): Promise<readonly Answer[]> {
  child.send(order);
  const [answers] = (await once(child, 'message')) as [readonly Answer[]];
  return answers;
}

describe('the programs of other processes', () => {
  it('are made of the package under test', () => expect(readFileSync(program, 'utf8')).toContain('BEGIN IMMEDIATE'));
});

for (const { name, open } of drivers) {
  describe(`processes that share an SQLite file over ${name}`, () => {
    const crew = (size: number) =>
      Array.from({ length: size }, () => {
        const child = fork(program, [name], { env, serialization: 'advanced' });
        started.push(child);
        return child;
      });

    it('get one successor for a token between them, over 300 barriers of 16 rotations', async () => {
      const path = newFile();
      const scenario = await startScenario(() => sqliteStore(open(path)));
      const children = crew(2);
      const successors: number[] = [];
      const winners = new Set<number>();
      for (let barrier = 0; barrier < 300; barrier++) {
        const ticket = await scenario.login();
        const graceSeconds = barrier % 2 === 0 ? 10 : 0;
        const calls = () =>
          Array.from({ length: 8 }, () => {
            const successor = scenario.mint({ jti: jtiOf(randomUUID()) }).token;
            return { method: 'rotate' as const, given: [scenario.request(ticket, { successor, graceSeconds })] };
          });
        const answers = await Promise.all(children.map((child) => ask(child, { path, calls: calls() })));
        const outcomes = answers.flatMap((some, process) =>
          some.map(({ value, error }) => ({ ...(value as Outcome), error, process })),
        );
        const named = outcomes.flatMap(({ successor }) => (successor === undefined ? [] : [successor.jti]));
        successors.push(new Set(named).size);
        for (const { outcome, process } of outcomes) if (outcome === 'rotated') winners.add(process);
        const lost = graceSeconds === 0 ? 'reused' : 'replayed';
        expect(outcomes.map(({ outcome, error = '' }) => outcome ?? error).toSorted()).toEqual(
          ['rotated', ...Array<string>(15).fill(lost)].toSorted(),
        );
      }
      expect(successors).toEqual(Array<number>(300).fill(1));
      expect(await scenario.sessions(ADA)).toHaveLength(300);
      expect(winners.size).toBe(2); // or they did not race
    });

    it('make the tables of a new file once, however many open it at the same time', async () => {
      const children = crew(4);
      for (let round = 0; round < 10; round++) {
        const path = newFile();
        const answers = await Promise.all(children.map((child) => ask(child, { path, calls: [{ method: 'epoch', given: [] }] })));
        expect(answers.flat()).toEqual(children.map(() => ({ value: 0 })));
      }
    });

    it('are waited for by one that opens the file, even without a busy timeout', async () => {
      const path = newFile();
      const [child] = crew(1);
      if (child === undefined) throw new Error('nobody was started');
      await ask(child, { path, lock: 'take', calls: [] });
      const early = open(path);
      early.exec('PRAGMA busy_timeout = 0');
      expect(() => early.exec('BEGIN IMMEDIATE')).toThrow('database is locked');
      early.close();
      await ask(child, { path, lock: 'release soon', calls: [] });
      const scenario = await startScenario(() => sqliteStore(open(path), { busyTimeoutSeconds: 0 }));
      expect(await scenario.store.epoch({})).toBe(0);
    });

    it('lose nothing that was answered when they are killed as they write', async () => {
      const path = newFile();
      const acknowledged: Acknowledged[] = [];
      for (let round = 1; round <= 5; round++) {
        const child = spawn(process.execPath, [program, name, path], { env, stdio: ['ignore', 'pipe', 'inherit'] });
        started.push(child);
        for await (const line of createInterface(child.stdout)) {
          if (!line.endsWith('}')) continue; // the last one may be cut off
          acknowledged.push(JSON.parse(line) as Acknowledged);
          if (acknowledged.length >= round * 60) child.kill('SIGKILL');
        }
      }
      expect(acknowledged.length).toBeGreaterThanOrEqual(300);

      const scenario = await startScenario(() => sqliteStore(open(path)));
      for (const { outcome, spent, successor } of acknowledged) {
        if (successor === undefined) {
          expect(outcome).toBe('ended');
          expect(await scenario.status(spent)).toBe('family_revoked');
        } else {
          expect(outcome).toBe('rotated');
          expect(await scenario.status(spent)).toBe('revoked');
          // on record, and spent at most for a successor that was not answered
          expect(await scenario.rotate(successor, { mustBeRecorded: 'token' })).not.toMatchObject({ outcome: 'unknown' });
          expect(await scenario.rotate(spent)).toMatchObject({ outcome: 'reused', family: familyOf(spent.family) });
        }
      }
    });
  });
}

interface Outcome {
  readonly outcome?: string;
  readonly successor?: { readonly jti: string };
}
