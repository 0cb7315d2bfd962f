import { cpus, totalmem } from 'node:os';
import { readFileSync } from 'node:fs';
import { compare, costOf } from '../harness/statistics.mjs';

/**
 * What is told of a run, whether as tables, JSON or a page.
 *
 * @param {{ suite: object, row: object, measured: object[], notApplicable: object[] }[]} lines
 */
export function reportOf(lines, settings) {
  const suites = [];
  for (const { suite, row, measured, notApplicable } of lines) {
    let told = suites.find(({ name }) => name === suite.name);
    if (told === undefined) suites.push((told = { name: suite.name, about: suite.about, rows: [] }));
    told.rows.push(rowOf(suite, row, measured, notApplicable));
  }
  return { machine: machineOf(), versions: versionsOf(), settings, suites };
}

function rowOf(suite, row, measured, notApplicable) {
  const baseline = row.baseline ?? suite.baseline;
  const first = measured.find(({ name }) => name === baseline);
  const floor = measured.find((one) => one.floor);
  const compared = row.compared ?? suite.compared ?? 'speed';
  return {
    name: row.name,
    unit: row.unit ?? suite.unit,
    baseline,
    compared,
    contenders: measured.map((one) => ({
      name: one.name,
      ours: one.ours,
      floor: one.floor,
      cost: costOf(one),
      ratio: first && compare(one, first, { as: compared }),
      overFloor: floor && compare(one, floor, { as: 'share' }),
    })),
    notApplicable,
  };
}

function machineOf() {
  const all = cpus();
  return {
    processor: all[0]?.model.trim() ?? 'unknown',
    cores: all.length,
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    platform: `${process.platform} ${process.arch}`,
  };
}

/** Read as files: the exports of some packages do not let their package.json be imported. */
function versionsOf() {
  const { openssl, v8 } = process.versions;
  const own = readVersion('../../package.json');
  const peers = PEERS.map((name) => [name, readVersion(`../../node_modules/${name}/package.json`)]);
  return { node: process.version, openssl, v8, simplejwt: own, ...Object.fromEntries(peers) };
}

function readVersion(relative) {
  return JSON.parse(readFileSync(new URL(relative, import.meta.url), 'utf8')).version;
}

const PEERS = ['fast-jwt', 'jose', 'jsonwebtoken', '@node-rs/jsonwebtoken'];
