// Weighs an SQLite store: node bench/sqlite-weight.mjs [FAMILIES], after `npm run build`, on a Node that has node:sqlite. Prints the bytes in the file
// for a live family (one spent token and one live one, as after a refresh) and for a blacklisted token without a record, and how many calls a second
// this disk takes. The weights are the same everywhere; the speed is that of the machine.
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { sqliteStore } from 'simplejwt/storage/sqlite';

const families = Number(process.argv[2] ?? 50_000);
const folder = mkdtempSync(join(tmpdir(), 'simplejwt-weight-'));
const id = () => randomBytes(16).toString('hex'); // what this library mints
const NOW = 1_700_000_000;
const LIFETIME = 86_400;

try {
  const perFamily = weigh('families', (store, index) => {
    const session = login(store, `user-${index}`);
    rotate(store, session);
  });
  let session;
  const perSpent = weigh('spent', (store) => {
    session = rotate(store, session ?? login(store, 'user-1'));
  });
  const perEntry = weigh('blacklist', (store) => {
    store.blacklist({ token: refOf(tokenOf(), `user-1`, undefined, false), now: NOW, graceSeconds: 0 }, {});
  });
  console.log(`${families} live families of one spent and one live token: ${perFamily} bytes each`);
  console.log(`each spent token more, until it expires: ${perSpent} bytes`);
  console.log(`${families} blacklisted tokens without a record: ${perEntry} bytes each`);

  const { store } = open('speed');
  const sessions = Array.from({ length: 3000 }, (_, index) => login(store, `user-${index}`));
  console.log(`rotations a second, each on the disk: ${perSecond(sessions, (session) => rotate(store, session))}`);
  console.log(
    `checks a second: ${perSecond(sessions, ({ token, user, family }) => check(store, refOf(token, user, family, true)))}`,
  );
} finally {
  rmSync(folder, { recursive: true });
}

function open(name) {
  const database = new DatabaseSync(join(folder, `${name}.db`));
  return { database, store: sqliteStore(database) };
}

/** The bytes that each of so many entries takes in the file. */
function weigh(name, add) {
  const { database, store } = open(name);
  database.exec('PRAGMA synchronous = OFF'); // what is weighed need not outlive this
  const before = sizeOf(database);
  for (let index = 0; index < families; index++) add(store, index);
  return Math.round((sizeOf(database) - before) / families);
}

function sizeOf(database) {
  return database.prepare('SELECT page_count * page_size AS size FROM pragma_page_count, pragma_page_size').get().size;
}

function login(store, user) {
  const session = { user, family: id(), token: tokenOf() };
  store.record({ ...session, access: tokenOf(), endsAt: undefined, epoch: 0, metadata: undefined, now: NOW }, {});
  return session;
}

function rotate(store, { user, family, token }) {
  const successor = tokenOf();
  const request = {
    token: refOf(token, user, family, true),
    successor,
    spends: true,
    family,
    access: tokenOf(),
    attempt: id(),
    now: NOW,
    retainUntil: NOW + LIFETIME + 60,
    graceSeconds: 10,
    mustBeRecorded: 'token',
    endFamilyOnReuse: true,
    metadata: undefined,
  };
  const { outcome } = store.rotate(request, {});
  if (outcome !== 'rotated') throw new Error(`a rotation came to ${outcome}`);
  return { user, family, token: successor };
}

function check(store, token) {
  if (store.status({ token, now: NOW }, {}) !== 'revoked') throw new Error('a spent token is not revoked');
}

function tokenOf() {
  return { jti: id(), iat: NOW, exp: NOW + LIFETIME, retainUntil: NOW + LIFETIME + 60 };
}

function refOf({ jti, iat, retainUntil }, user, family, onRecord) {
  return { jti, user, family, iat, onRecord, retainUntil };
}

function perSecond(items, call) {
  const start = performance.now();
  for (const item of items) call(item);
  return Math.round(items.length / ((performance.now() - start) / 1000));
}
