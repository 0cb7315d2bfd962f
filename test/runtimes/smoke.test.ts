import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { bundle } from './install.mjs';
import { isRight, keysAndTokens } from './keys.mjs';
import { smoke } from './programs/smoke.js';

const folder = mkdtempSync(`${tmpdir()}/simplejwt-smoke-`);
afterAll(() => rmSync(folder, { recursive: true }));

describe('the program for other runtimes', () => {
  const given = keysAndTokens();

  it('passes on Node, and Node takes its tokens', async () => {
    const { results, lacking, made } = await smoke(given);
    expect(results.filter(({ status }) => status !== 'passed')).toEqual([]);
    expect(results.length).toBeGreaterThan(300);
    expect(lacking['webCrypto']).toContain('ES256K');
    expect(lacking['nobleCrypto']).toEqual(expect.arrayContaining(['RS256', 'PS512']));
    expect(made.length).toBeGreaterThan(20);
    for (const token of made) expect([token.algorithm, isRight(token, given.keys)]).toEqual([token.algorithm, true]);
  });

  it('fails for tokens that are not Node’s, and Node refuses those of another key', async () => {
    const { results, made } = await smoke({ ...given, tokens: keysAndTokens().tokens });
    const failed = results.filter(({ status }) => status === 'failed').map(({ title }) => title);
    expect(failed).toContain('webCrypto: RS256: verifies a token of Node, and signs one for it');
    expect(failed).toContain('nobleCrypto: Ed448: verifies with keys in hand');
    expect(failed.every((title) => title.includes('verifies'))).toBe(true);
    expect(made.every((token) => !isRight(token, keysAndTokens().keys))).toBe(true);
  });

  it('is refused as a bundle where it reaches a node: module', async () => {
    mkdirSync(`${folder}/node_modules/own`, { recursive: true });
    symlinkSync(fileURLToPath(new URL('../../node_modules/@noble', import.meta.url)), `${folder}/node_modules/@noble`);
    writeFileSync(
      `${folder}/node_modules/own/package.json`,
      '{"name":"own","exports":{"browser":"./web.js","default":"./node.js"}}',
    );
    writeFileSync(`${folder}/node_modules/own/web.js`, `export { sha256 } from '@noble/hashes/sha2.js';`);
    writeFileSync(`${folder}/node_modules/own/node.js`, `export { createHash as sha256 } from 'node:crypto';`);
    writeFileSync(`${folder}/program.js`, `import { sha256 } from 'own'; console.log(sha256);`);
    await expect(bundle(folder, 'program', ['node'])).rejects.toThrow('reaches node:crypto');
    expect(await bundle(folder, 'program', ['browser'])).toBe(`${folder}/program-bundle.js`);
  });
});
