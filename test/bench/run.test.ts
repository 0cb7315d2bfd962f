import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { afterAll, describe, expect, it } from 'vitest';
import { bench } from '../../bench/command/bench.mjs';
import { pageOf } from '../../bench/command/page.mjs';
import { SUITES } from '../../bench/suites/all.mjs';
import { measureHere, sinkOf } from './in-this-process.ts';

const folder = mkdtempSync(`${tmpdir()}/simplejwt-bench-`);
afterAll(() => rmSync(folder, { recursive: true }));

async function run(words: readonly string[], suites = SUITES) {
  const [stdout, stderr] = [sinkOf(), sinkOf()];
  const status = await bench(words, { stdout, stderr }, { suites, measure: measureHere });
  return { status, text: stdout.text(), errors: stderr.text() };
}

/** A suite whose second contender answers as it is told to. */
const planted = (check: () => unknown, call: () => unknown = () => 1) => [
  {
    name: 'planted',
    about: 'one of the library, one of somebody else',
    unit: 'time' as const,
    baseline: 'theirs',
    rows: [
      {
        name: 'row',
        prepare: async () => ({
          contenders: [
            { name: 'theirs', call, check: () => true },
            { name: 'ours', call: () => 1, check },
          ],
          notApplicable: [{ name: 'other', why: 'it is not for this <row>' }],
        }),
      },
    ],
  },
];

describe('npm run bench', () => {
  it('measures a row beside every peer, and nothing but JSON is on the standard output', async () => {
    const { status, text, errors } = await run(['--quick', '--filter', 'verify HS256', '--json']);
    expect({ status, errors }).toEqual({ status: 0, errors: `Node ${process.versions.node} verify ...\n` });
    const [report, ...more] = JSON.parse(text).reports;
    expect(more).toEqual([]);
    expect(report.versions).toMatchObject({ node: process.version, 'fast-jwt': '6.3.6' });
    expect(report.machine.cores).toBeGreaterThan(0);
    expect(report.settings).toEqual({ passes: 1, rounds: 3, slotMs: 3 });
    const [{ name, rows }] = report.suites;
    expect([name, rows.length, rows[0].name]).toEqual(['verify', 1, 'HS256']);
    const { contenders } = rows[0];
    expect(contenders.map((one: { name: string }) => one.name)).toEqual([
      'simplejwt',
      'fast-jwt',
      'fast-jwt, cache hit',
      'jose',
      'jose, 16 in flight',
      'jsonwebtoken',
      '@node-rs',
      '@node-rs, 16 in flight',
      'crypto alone',
    ]);
    for (const { cost, ratio, overFloor } of contenders) {
      for (const { figure, low, high } of [cost, ratio, overFloor]) {
        expect(low).toBeGreaterThan(0);
        expect(figure).toBeGreaterThanOrEqual(low);
        expect(high).toBeGreaterThanOrEqual(figure);
      }
    }
  });

  it('measures only whom a goal is about, and exits 1 where one misses', async () => {
    const { status, text } = await run(['--goals', '--quick', '--filter', 'cache HS256', '--json']);
    const [{ goals, suites }] = JSON.parse(text).reports;
    expect(goals).toHaveLength(1);
    const names = suites[0].rows[0].contenders.map((one: { name: string }) => one.name);
    expect(names.length).toBeLessThanOrEqual(2);
    expect(status).toBe(goals[0].holds ? 0 : 1);
  });

  it.each([
    { wrong: 'answers wrongly', check: () => false },
    {
      wrong: 'fails its check: it accepts what it must refuse',
      check: () => Promise.reject(new Error('it accepts what it must refuse')),
    },
  ])('stops at a contender that $wrong, before anything is timed', async ({ wrong, check }) => {
    let calls = 0;
    const { status, text, errors } = await run(
      ['--quick'],
      planted(check, () => (calls += 1)),
    );
    expect({ status, text, calls }).toEqual({ status: 1, text: '', calls: 0 });
    expect(errors).toContain(`planted row: ours ${wrong}`);
  });

  it('draws a table a suite, and says who is not applicable', async () => {
    const { status, text } = await run(
      ['--quick'],
      planted(() => true),
    );
    expect(status).toBe(0);
    expect(text).toMatch(/planted: one of the library/);
    expect(text).toMatch(/row +theirs +[\d.]+ [nu]s +1x/);
    expect(text).toContain('not applicable: other: it is not for this <row> (row)');
  });

  it('writes one page that fetches nothing and has as many charts as suites', async () => {
    const suites = [...planted(() => true), ...planted(() => true).map((suite) => ({ ...suite, name: 'again' }))];
    const { status } = await run(['--quick', '--html', `${folder}/page.html`], suites);
    expect(status).toBe(0);
    const page = readFileSync(`${folder}/page.html`, 'utf8');
    expect(page).not.toMatch(/https?:|\bsrc=|\bhref=|@import|url\(/);
    expect(page.match(/<svg/g)).toHaveLength(2);
    expect(page).toContain('it is not for this &lt;row&gt;');
    expect(page).toContain('color-scheme: light dark');
  });

  it('puts goals on the page', () => {
    const goal = {
      promise: 'it flies',
      direction: 'at least',
      goal: 2,
      stretch: 3,
      figure: 2.5,
      low: 2,
      high: 3,
      holds: true,
      stretchHolds: false,
    };
    const report = { machine: {}, versions: { node: 'v20.0.0' }, settings: {}, suites: [], goals: [goal] };
    expect(pageOf([report])).toMatch(/it flies<\/td><td>2.50x<\/td><td>2x \.\. 3x<\/td><td>at least 2x<\/td><td>holds/);
  });

  it.each([
    { words: ['--fliter', 'x'], says: 'did you mean --filter?' },
    { words: ['--filter', 'verify HS255'], says: "no row has 'verify HS255' in its name; the suites are verify, sign" },
  ])('refuses $words', async ({ words, says }) => {
    const { status, text, errors } = await run(words);
    expect({ status, text }).toEqual({ status: 2, text: '' });
    expect(errors).toContain(says);
    expect(errors).toContain('--help');
  });

  it('ends with 130 when it is interrupted', async () => {
    const stop = new AbortController();
    const [stdout, stderr] = [sinkOf(), sinkOf()];
    const measure = () => {
      stop.abort();
      return Promise.reject(new Error('aborted'));
    };
    expect(await bench(['--quick'], { stdout, stderr, signal: stop.signal }, { suites: SUITES, measure })).toBe(130);
    expect(stdout.text()).toBe('');
  });

  it('has names for its rows that are found nowhere twice', () => {
    const names = SUITES.flatMap(({ name, rows }) => rows.map((row) => `${name} ${row.name}`));
    expect(new Set(names).size).toBe(names.length);
    expect(names).toContain('verify ML-DSA-44');
  });
});
