import { spawnSync } from 'node:child_process';
import { randomFillSync } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { NEVER } from '../fixtures/tokens.mjs';

export const blacklist = {
  name: 'blacklist',
  about: 'is this jti revoked, asked in this process; half of them are, and each is cut fresh from bytes as a verifier does',
  unit: 'time',
  baseline: 'Map',
  rows: [
    { name: 'check at 10k entries', prepare: () => checking(10_000) },
    { name: 'check at 1M entries', prepare: () => checking(1_000_000) },
    {
      name: 'bytes an entry at 1M',
      unit: 'bytes',
      compared: 'share',
      rounds: 1,
      prepare: () => weighing(1_000_000),
    },
  ],
};

/** What can hold them, each made empty. */
export async function structures() {
  const { revocationList } = await import('simplejwt/storage/memory');
  const known = {
    Map() {
      const map = new Map();
      return { add: (jti, exp) => map.set(jti, exp), has: (jti) => map.has(jti) };
    },
    Set() {
      const set = new Set();
      return { add: (jti) => set.add(jti), has: (jti) => set.has(jti) };
    },
  };
  if (revocationList !== undefined) return { creators: { ...known, revocationList: () => revocationList() }, notApplicable: [] };
  const why = 'simplejwt/storage/memory does not export it yet';
  return { creators: known, notApplicable: [{ name: 'revocationList', why }] };
}

export async function checking(entries) {
  const { creators, notApplicable } = await structures();
  const revoked = randomJtis(entries);
  const { cut, isRevoked } = asked(revoked);
  const filled = Object.entries(creators).map(([name, create]) => {
    const structure = create();
    for (let index = 0; index < entries; index++) structure.add(jtiAt(revoked, index), NEVER);
    return {
      name,
      ours: name === 'revocationList',
      call: (index) => structure.has(cut(index & ASKED_MASK)),
      check() {
        for (let index = 0; index <= ASKED_MASK; index++)
          if (structure.has(cut(index)) !== isRevoked(index)) throw new Error('it answers wrongly about a jti');
      },
    };
  });
  const making = {
    name: 'making the string',
    floor: true,
    call: (index) => cut(index & ASKED_MASK).charCodeAt(3),
    check: () => cut(0).length === 32,
  };
  return { contenders: [...filled, making], notApplicable };
}

/** Each weighed in a process of its own. */
async function weighing(entries) {
  const { creators, notApplicable } = await structures();
  const contenders = Object.keys(creators).map((name) => ({
    name,
    ours: name === 'revocationList',
    sample: () => weightOf(name, entries),
    check: () => weightOf(name, 100_000) > 0,
  }));
  return { contenders, notApplicable };
}

function weightOf(name, entries) {
  const { status, stdout, stderr } = spawnSync(process.execPath, ['--expose-gc', WEIGHT, name, String(entries)]);
  if (status !== 0) throw new Error(`the process failed: ${stderr.toString()}`);
  return Number(stdout.toString());
}

/** In random order, so that nothing is near in memory to what was asked before. */
function asked(revoked) {
  const entries = revoked.length / 16;
  const strangers = randomJtis(ASKED_MASK + 1);
  const picks = Array.from({ length: ASKED_MASK + 1 }, () => Math.random());
  const isRevoked = (index) => picks[index] < 0.5;
  const bytes = Buffer.concat(
    picks.map((pick, index) =>
      Buffer.from(isRevoked(index) ? jtiAt(revoked, Math.floor(pick * 2 * entries)) : jtiAt(strangers, index), 'latin1'),
    ),
  );
  return { isRevoked, cut: (index) => bytes.latin1Slice(index * 32, index * 32 + 32) };
}

/** The octets of that many jtis. */
export function randomJtis(count) {
  const octets = Buffer.allocUnsafe(count * 16);
  for (let at = 0; at < octets.length; at += 2 ** 20) randomFillSync(octets, at, Math.min(2 ** 20, octets.length - at));
  return octets;
}

export function jtiAt(octets, index) {
  return octets.hexSlice(index * 16, index * 16 + 16);
}

const WEIGHT = fileURLToPath(new URL('blacklist-weight.mjs', import.meta.url));
const ASKED_MASK = 2 ** 16 - 1;
