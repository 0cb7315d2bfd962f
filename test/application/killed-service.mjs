import { createTokenService, recommended } from 'simplejwt';
import { nodeCrypto } from 'simplejwt/crypto/node';
import { sqliteStore } from 'simplejwt/storage/sqlite';
import { writeSync } from 'node:fs';
import { createRequire } from 'node:module';
import { argv, env, getBuiltinModule, kill, pid } from 'node:process';
import { pathToFileURL } from 'node:url';

/**
 * A service over an SQLite file. It calls `step` before it asks a part, when that has answered, and before each statement of SQL, and `propose` with
 * each successor it is about to ask for.
 */
export function createService(database, step, propose = () => undefined) {
  const around =
    (name, call) =>
    async (...given) => {
      step(`${name}, on its way`);
      const answer = await call(...given);
      step(`${name}, answered`);
      return answer;
    };
  const store = sqliteStore(stepping(database, step));
  const user = { id: 'ada', isActive: true, credential: 'hash' };
  const signer = nodeCrypto.importSigner({ algorithm: 'HS256', key: KEY });
  return createTokenService({
    ...recommended,
    signingKey: { algorithm: 'HS256', sign: around('sign', (octets) => signer.sign(octets)) },
    verifyingKey: KEY,
    fingerprintKey: KEY,
    clock: () => 1_700_000_000,
    users: { authenticate: () => user, findById: around('findById', () => user) },
    store: new Proxy(store, {
      get(target, name) {
        const member = Reflect.get(target, name, target);
        if (name === 'rotate') {
          return around('rotate', (request, options) => {
            propose({ ...request.token, ...request.successor });
            return target.rotate(request, options);
          });
        }
        return typeof member === 'function' ? member.bind(target) : member;
      },
    }),
  });
}

function stepping(database, step) {
  const before = (sql, call) => (parameters) => {
    step(sql);
    return call(parameters);
  };
  return {
    exec: (sql) => database.exec(sql),
    prepare(sql) {
      const statement = database.prepare(sql);
      return {
        run: before(sql, (parameters) => statement.run(parameters)),
        get: before(sql, (parameters) => statement.get(parameters)),
        all: before(sql, (parameters) => statement.all(parameters)),
      };
    },
  };
}

export function openDatabase(file) {
  const sqlite = getBuiltinModule('node:sqlite');
  if (sqlite !== undefined) return new sqlite.DatabaseSync(file);
  const Database = createRequire(import.meta.url)(env.SIMPLEJWT_BETTER_SQLITE3 ?? 'better-sqlite3');
  return new Database(file);
}

/** As a program: refreshes a token, and kills itself at one of its steps. It writes the successor it proposes, and, if it lives, how many steps it took. */
async function main([file, token, killedAt]) {
  let steps = -1;
  const step = () => {
    if (steps >= 0 && steps++ === Number(killedAt)) kill(pid, 'SIGKILL');
  };
  const service = createService(openDatabase(file), step, (proposed) => writeSync(1, `${JSON.stringify(proposed)}\n`));
  steps = 0;
  await service.refresh(token);
  writeSync(1, String(steps));
}

const KEY = new TextEncoder().encode('a signing key of at least thirty-two bytes');

if (argv[1] !== undefined && import.meta.url === pathToFileURL(argv[1]).href) await main(argv.slice(2));
