import cluster, { Worker } from 'node:cluster';
import { randomBytes } from 'node:crypto';
import { Server } from 'node:http';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { codeBlocks, DOCUMENTS, readDocument, type CodeBlock } from './code-blocks.ts';
import { writeSnippets } from './snippets.ts';

const blocks = DOCUMENTS.flatMap((path) => codeBlocks(path, readDocument(path)));
const typescript = blocks.filter(({ language }) => language === 'ts');
const snippets = writeSnippets(typescript);
afterAll(() => snippets.remove());

describe('the documents', () => {
  it('were looked at: at least six of them, with at least ten snippets of TypeScript', () => {
    console.log(`documents: ${DOCUMENTS.length}, TypeScript snippets: ${typescript.length}`);
    expect(DOCUMENTS.length).toBeGreaterThanOrEqual(6);
    expect(typescript.length).toBeGreaterThanOrEqual(10);
  });

  it('hide no TypeScript under another name', () => {
    expect(new Set(blocks.map(({ language }) => language))).toEqual(new Set(['ts', 'sh', 'json', 'text']));
  });

  it('have snippets that compile', () => {
    expect(snippets.complaints()).toEqual([]);
  });

  it('have JSON that is JSON', () => {
    for (const { language, code } of blocks) if (language === 'json') expect(() => JSON.parse(code) as unknown).not.toThrow();
  });

  it('link only to files that exist', () => {
    const links = DOCUMENTS.flatMap((path) =>
      Array.from(readDocument(path).matchAll(/\]\((?!https?:)([^)#]+)\)/g), ([, target]) => ({ path, target: target ?? '' })),
    );
    expect(links.length).toBeGreaterThan(10);
    const missing = links.filter(({ path, target }) => {
      const relative = new URL(target, new URL(path, 'file:///')).pathname.slice(1);
      return !DOCUMENTS.includes(relative) && !OTHER_FILES.includes(relative);
    });
    expect(missing).toEqual([]);
    for (const path of OTHER_FILES) expect(readDocument(path).length).toBeGreaterThan(100);
  });
});

describe('a snippet', () => {
  const said: unknown[][] = [];
  const servers: Server[] = [];
  const contracts: Promise<void>[] = [];

  beforeAll(() => void vi.stubEnv('JWT_KEY', randomBytes(32).toString('base64')));
  vi.doMock('node:test', () => ({
    describe: (_name: string, body: () => void) => body(),
    it: (_name: string, body: () => Promise<void>) => contracts.push(body()),
  }));
  beforeAll(() => {
    const listen = Server.prototype.listen;
    vi.spyOn(Server.prototype, 'listen').mockImplementation(function (this: Server) {
      servers.push(this);
      return listen.call(this, 0);
    });
    vi.spyOn(cluster, 'fork').mockImplementation(() => new Worker()); // it would start the tests anew
    vi.spyOn(console, 'log').mockImplementation((...words: unknown[]) => void said.push(words));
    vi.spyOn(process, 'emitWarning').mockImplementation(() => undefined);
  });
  afterEach(() => {
    for (const server of servers.splice(0)) server.close();
  });
  afterAll(() => {
    vi.unstubAllEnvs();
    vi.restoreAllMocks();
  });

  it.each(snippets.files)('of $place runs', async ({ path }) => {
    await import(/* @vite-ignore */ path);
  });

  it('says what its comment says', () => {
    expect(said).toContainEqual(['1', 'family_revoked']);
    expect(said).toContainEqual(['malformed', 401, 'Token is invalid']);
  });

  it('about a store runs the contract', async () => {
    expect(contracts.length).toBeGreaterThan(20);
    await Promise.all(contracts);
  });
});

const planted = (code: string): CodeBlock => ({ place: 'PLANTED.md:7', language: 'ts', code });

describe('the check of the documents', () => {
  it.each([
    ['a name that is not exported', `import { createTokens } from 'simplejwt';\ncreateTokens();\n`],
    ['a subpath that is not there', `import { sqliteStore } from 'simplejwt/storage/sqlite';\nsqliteStore();\n`],
    ['a misspelt option', `import { createTokenService } from 'simplejwt';\ncreateTokenService({ signinKey: 'x' });\n`],
    ['a text where a number is due', `const count: number = 'one';\nconsole.log(count);\n`],
  ])('finds %s, and says where', (_what, code) => {
    const snippets = writeSnippets([planted(code)]);
    try {
      expect(snippets.complaints()).toEqual([expect.stringMatching(/^PLANTED\.md:7\(\d+,\d+\): error TS\d+/)]);
    } finally {
      snippets.remove();
    }
  });

  it('finds a snippet that compiles and then fails', async () => {
    const snippets = writeSnippets([
      planted(`import { createTokenService } from 'simplejwt';\ncreateTokenService({ signingKey: 'short' });\n`),
    ]);
    try {
      expect(snippets.complaints()).toEqual([]);
      await expect(import(/* @vite-ignore */ snippets.files[0]?.path ?? '')).rejects.toThrow('signingKey');
    } finally {
      snippets.remove();
    }
  });

  it('finds a fence that is not closed', () => {
    expect(() => codeBlocks('PLANTED.md', 'a\n```ts\nb\n')).toThrow('PLANTED.md:2: the fence is not closed');
  });
});

const OTHER_FILES = ['README.md', 'SECURITY.md', 'CONTRIBUTING.md', 'CHANGELOG.md', 'LICENSE'];
