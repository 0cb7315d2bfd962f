import { once } from 'node:events';
import { Redis } from 'ioredis';
import { createTokenService, TokenError } from 'simplejwt';
import { keyring } from 'simplejwt/keys';
import { memoryStore } from 'simplejwt/storage/memory';
import { redisKeyStorage } from 'simplejwt/storage/redis';
import { sqliteKeyStorage, type SqliteDatabase } from 'simplejwt/storage/sqlite';

/** One host of keyring-processes.test.ts: it signs, gives its tokens to the others, and verifies theirs all the while. */

interface Token {
  readonly text: string;
  readonly kid: string;
  readonly exp: number;
}

export type ToHost =
  | { readonly begin: true }
  | { readonly take: Token }
  | { readonly withdrawing: string; readonly you: boolean }
  | { readonly stop: true };

export interface Report {
  readonly verified: number;
  /** Good tokens that were refused, by code. */
  readonly lost: readonly string[];
  /** Tokens of the withdrawn key that were taken, or refused, once this host knew of it. */
  readonly late: { readonly taken: number; readonly refused: number };
}

export type FromHost =
  | { readonly ready: true }
  | { readonly made: Token }
  | { readonly minted: string }
  | { readonly knows: string }
  | { readonly report: Report };

const where = process.env['KEY_STORE'] ?? '';
const store = where.startsWith('redis:') ? redisKeyStorage(new Redis(where)) : sqliteKeyStorage(openSqlite(where));

const ring = keyring({
  algorithm: 'ES256',
  rotateEvery: 6,
  publishAhead: 2,
  overlap: 10,
  refreshSeconds: 1,
  store,
  events: { minted: ({ kid }) => send({ minted: kid }) },
});
const life = { accessTokenLifetime: 4, refreshTokenLifetime: 4, slidingTokenLifetime: 4, slidingTokenRefreshLifetime: 4 };
const service = createTokenService({ algorithm: 'ES256', keys: ring, store: memoryStore(), ...life });

const tokens: Token[] = [];
const lost: string[] = [];
const late = { taken: 0, refused: 0 };
let verified = 0;
let withdrawing: string | undefined;
let knows = false;
const stopped = new AbortController();

function send(message: FromHost): void {
  process.send?.(message);
}

/** By name alone: a runtime without it has no test that asks for it. */
function openSqlite(path: string): SqliteDatabase {
  const { DatabaseSync } = process.getBuiltinModule('node:sqlite');
  return new DatabaseSync(path);
}

async function make(): Promise<void> {
  const { access } = await service.issuePair({ id: 7, isActive: true });
  const [header, claims] = access
    .split('.', 2)
    .map((part) => JSON.parse(Buffer.from(part, 'base64url').toString()) as Record<string, unknown>);
  const token = { text: access, kid: String(header?.['kid']), exp: Number(claims?.['exp']) };
  tokens.push(token);
  send({ made: token });
}

async function check({ text, kid, exp }: Token): Promise<void> {
  const wasKnown = knows && kid === withdrawing;
  let code = 'ok';
  try {
    await service.verify(text);
  } catch (error) {
    if (!(error instanceof TokenError)) throw error;
    ({ code } = error);
  }
  verified += 1;
  if (wasKnown) late[code === 'ok' ? 'taken' : 'refused'] += 1;
  else if (code !== 'ok' && kid !== withdrawing && Date.now() / 1000 < exp - 0.5) lost.push(code);
}

async function learn(): Promise<void> {
  if (knows || withdrawing === undefined) return;
  knows = (await ring.list()).some(({ kid, state }) => kid === withdrawing && state === 'withdrawn');
  if (knows) send({ knows: withdrawing });
}

async function repeat(milliseconds: number, work: () => Promise<void>): Promise<void> {
  while (!stopped.signal.aborted) {
    await work();
    await new Promise((resolve) => setTimeout(resolve, milliseconds));
  }
}

const begun = new AbortController();
process.on('message', (message: ToHost) => {
  if ('begin' in message) begun.abort();
  else if ('take' in message) tokens.push(message.take);
  else if ('withdrawing' in message) {
    withdrawing = message.withdrawing;
    if (message.you) void ring.withdraw(withdrawing).then(learn);
  } else stopped.abort();
});

await store.read(); // it is connected
send({ ready: true });
await once(begun.signal, 'abort');
await service.ready();
await Promise.all([
  repeat(20, make),
  repeat(50, learn),
  repeat(5, async () => {
    const now = Date.now() / 1000;
    while (tokens[0] !== undefined && tokens[0].exp - 1 < now) tokens.shift();
    for (let count = 0; count < 3; count++) {
      const token = tokens[Math.floor(Math.random() * tokens.length)];
      if (token !== undefined) await check(token);
    }
  }),
]);
send({ report: { verified, lost, late } });
process.exit();
