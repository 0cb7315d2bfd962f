import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { createServiceHandler } from '../../src/adapters/http/fetch.ts';
import { memoryStore } from '../../src/adapters/storage/memory.ts';
import { memoryUsers } from '../../src/adapters/users/memory.ts';
import { createTokenService, recommended } from '../../src/index.ts';
import { readDocument, tableRows } from './code-blocks.ts';

const rows = tableRows(readDocument('docs/http.md')).map((row) => row.map((cell) => cell.replaceAll('`', '')));
const routes = rows.filter(([path]) => path?.startsWith('/'));
const posts = routes.filter(({ length }) => length === 3);
const gets = routes.filter(({ length }) => length === 2);

const service = createTokenService({
  ...recommended,
  signingKey: randomBytes(32),
  users: memoryUsers([{ id: 1, username: 'ada', password: 'correct horse' }]),
  store: memoryStore(),
});
const handle = createServiceHandler(service);
const credentials = { username: 'ada', password: 'correct horse' };

describe('docs/http.md', () => {
  it('has the seven token routes and four others', () => {
    expect([posts.length, gets.length]).toEqual([7, 4]);
  });

  it.each(posts)('says what %s takes and answers', async (path = '', takes = '', answers = '') => {
    const { refresh } = await service.obtainPair(credentials);
    const { token } = await service.obtainSliding(credentials);
    const values: Readonly<Record<string, string>> = { ...credentials, refresh, token };
    const fields = ['username', 'password', 'refresh', 'token'].filter((name) => takes.includes(name));
    const post = (body: object) =>
      handle(
        new Request(`http://x${path}`, {
          method: 'POST',
          headers: { 'Content-Type': 'application/json' },
          body: JSON.stringify(body),
        }),
      );

    const missing = (await (await post({})).json()) as object;
    expect(Object.keys(missing)).toEqual(fields);
    const response = await post(Object.fromEntries(fields.map((name) => [name, values[name]])));
    expect(response.status).toBe(200);
    for (const name of Object.keys((await response.json()) as object)) expect(answers).toContain(`"${name}"`);
  });

  it.each(gets)('says what %s answers', async (path = '', answers = '') => {
    const { access } = await service.obtainPair(credentials);
    const response = await handle(new Request(`http://x${path}`, { headers: { Authorization: `Bearer ${access}` } }));
    expect(response.status).toBe(200);
    if (answers.startsWith('{')) expect(Object.keys((await response.json()) as object)).toEqual(['user', 'auth']);
  });
});
