import { fileURLToPath } from 'node:url';
import { rolldown } from 'rolldown';
import { describe, expect, it } from 'vitest';
import { codeSubpaths, sourceOf } from './package-exports.ts';

const built = process.env['SIMPLEJWT_BUILT'] === '1';
const KILOBYTE = 1000;
const LEFT_OUT = /\/adapters\/(storage|http|keys|users|cli)\//;

interface Bundle {
  readonly bytes: number;
  /** Modules that something of is left of, as paths. */
  readonly modules: readonly string[];
  /** What it still imports. */
  readonly imports: readonly string[];
}

/** What is left of an import when everything unused is gone, minified: what a bundler outside Node makes of it. */
async function bundleOf(code: string): Promise<Bundle> {
  const subpaths = codeSubpaths(['browser', 'import']);
  const bundle = await rolldown({
    input: ENTRY,
    platform: 'neutral',
    external: [/^node:/],
    plugins: [
      {
        name: 'entry',
        resolveId(specifier) {
          const target = subpaths.get(specifier);
          if (target !== undefined) return fileURLToPath(new URL(`../../${built ? target : sourceOf(target)}`, import.meta.url));
          return specifier === ENTRY ? ENTRY : undefined;
        },
        load: (id) => (id === ENTRY ? code : undefined),
      },
    ],
  });
  const { output } = await bundle.generate({ format: 'esm', minify: true });
  const [{ code: text, modules, imports }] = output;
  const left = Object.entries(modules).filter(([, { renderedLength }]) => renderedLength > 0);
  return { bytes: Buffer.byteLength(text), modules: left.map(([path]) => path), imports };
}

describe('a bundle', () => {
  it('of the verifier alone takes at most 20 KB, with nothing of storage, HTTP or key fetching in it', async () => {
    const { bytes, modules } = await bundleOf("export { createVerifier } from 'simplejwt/verify';");
    console.log(`createVerifier of simplejwt/verify, minified: ${bytes} bytes`);
    expect(modules.length).toBeGreaterThan(built ? 0 : 15);
    expect(modules.filter((path) => LEFT_OUT.test(path))).toEqual([]);
    expect(bytes).toBeGreaterThan(5 * KILOBYTE);
    expect(bytes).toBeLessThanOrEqual(20 * KILOBYTE);
  });

  it('of the verifier that reads keys too has nothing of these in it either', async () => {
    const { bytes, modules } = await bundleOf("export { createVerifier } from 'simplejwt/jws';");
    console.log(`createVerifier of simplejwt/jws, minified: ${bytes} bytes`);
    expect(modules.filter((path) => LEFT_OUT.test(path))).toEqual([]);
    expect(bytes).toBeLessThanOrEqual(41 * KILOBYTE);
  });

  it.each(['webcrypto', 'noble'])('of a token service over %s reaches no node: module, its library inside', async (provider) => {
    const { imports, bytes } = await bundleOf(
      `export { createTokenService } from 'simplejwt/core'; export * from 'simplejwt/crypto/${provider}';`,
    );
    console.log(`createTokenService of simplejwt/core with ${provider}, minified: ${bytes} bytes`);
    expect(imports).toEqual([]);
  });

  it('of a token service over node:crypto is seen to reach it', async () => {
    expect((await bundleOf(`export * from 'simplejwt/crypto/node';`)).imports).toContain('node:crypto');
  });

  it('would be seen to have them', async () => {
    const { bytes, modules } = await bundleOf("export { memoryStore } from 'simplejwt/storage/memory';");
    expect(bytes).toBeGreaterThan(5 * KILOBYTE);
    if (!built) expect(modules.filter((path) => LEFT_OUT.test(path))).not.toEqual([]);
  });
});

const ENTRY = 'virtual:entry';
