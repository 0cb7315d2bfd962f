import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { codeSubpaths, sourceOf } from '../package/package-exports.ts';
import type { CodeBlock } from './code-blocks.ts';

/** Snippets as files of their own, which tsc checks together and the test imports one by one. */
export interface Snippets {
  readonly files: readonly { readonly place: string; readonly path: string }[];
  /** What tsc complains of: none, if all compile. Each names the place in the document. */
  complaints(): string[];
  remove(): void;
}

/** Writes the blocks below node_modules/.cache, with what they import beside the package: the reader's own modules. */
export function writeSnippets(blocks: readonly CodeBlock[]): Snippets {
  mkdirSync(`${ROOT}node_modules/.cache`, { recursive: true });
  const folder = mkdtempSync(`${ROOT}node_modules/.cache/snippets-`);
  for (const [name, code] of Object.entries(READERS_MODULES)) writeFileSync(`${folder}/${name}`, code);
  const files = blocks.map(({ place, code }, index) => {
    const path = `${folder}/snippet-${index}.ts`;
    writeFileSync(path, `${code}export {};\n`);
    return { place, path };
  });
  writeFileSync(`${folder}/tsconfig.json`, JSON.stringify(tsconfigFor(files.map(({ path }) => path))));

  return {
    files,
    complaints() {
      const tsc = `${ROOT}node_modules/typescript/bin/tsc`;
      const { stdout, status, error } = spawnSync(process.execPath, [tsc, '-p', folder, '--pretty', 'false'], {
        encoding: 'utf8',
      });
      if (error !== undefined) throw error;
      const lines = stdout.split('\n').filter((line) => line.includes('error TS'));
      if ((status === 0) !== (lines.length === 0)) throw new Error(`tsc exited with ${status} and said: ${stdout}`);
      return lines.map((line) => placed(line, files));
    },
    remove: () => rmSync(folder, { recursive: true }),
  };
}

/** `node_modules/.cache/snippets-x/snippet-0.ts(1,2): error` as `README.md:25(1,2): error`. */
function placed(line: string, files: Snippets['files']): string {
  const name = /[^/(]+\.ts(?=\()/.exec(line)?.[0] ?? '';
  const found = files.find(({ path }) => path.endsWith(`/${name}`));
  return found === undefined ? line : line.replace(/^.*?\.ts(?=\()/, found.place);
}

/** The project's own settings. In a test of the built package the types are those of dist/. */
function tsconfigFor(files: readonly string[]): object {
  const built = process.env['SIMPLEJWT_BUILT'] === '1';
  const paths = Array.from(codeSubpaths(['node', 'import']), ([name, target]) => {
    const types = built ? target.replace(/\.js$/, '.d.ts') : sourceOf(target);
    return [name, [fileURLToPath(new URL(types, new URL(`file://${ROOT}`)))]] as const;
  });
  return {
    extends: `${ROOT}tsconfig.json`,
    compilerOptions: {
      paths: Object.fromEntries(paths),
      types: [`${ROOT}node_modules/@types/node`],
      noUnusedLocals: false, // a snippet shows what it gets
    },
    files,
    include: [],
  };
}

const ROOT = fileURLToPath(new URL('../../', import.meta.url));

const READERS_MODULES: Readonly<Record<string, string>> = {
  'kms.ts': `
    import { generateKeyPairSync, sign } from 'node:crypto';
    const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    export const kms = {
      publicKey: publicKey.export({ type: 'spki', format: 'pem' }) as string,
      sign: async (data: Uint8Array, _signal?: AbortSignal): Promise<Uint8Array> => sign('sha256', data, { key: privateKey, dsaEncoding: 'ieee-p1363' }),
    };`,
  'cloud-kms.ts': `
    import { generateKeyPairSync, sign } from 'node:crypto';
    const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    /** Answers at once, unless a test says otherwise. Like most of its kind it answers DER. */
    export const cloudKms = {
      trouble: undefined as ((signal: AbortSignal | undefined) => Promise<void>) | undefined,
      calls: 0,
      async publicKey(_keyId: string): Promise<string> {
        return publicKey.export({ type: 'spki', format: 'pem' }) as string;
      },
      async sign({ message }: { readonly keyId: string; readonly message: Uint8Array }, options: { readonly signal?: AbortSignal | undefined }): Promise<{ readonly signature: Uint8Array }> {
        cloudKms.calls += 1;
        await cloudKms.trouble?.(options.signal);
        return { signature: sign('sha256', message, privateKey) };
      },
    };`,
  'accounts.ts': `
    export type Account = { readonly id: number; readonly isActive: boolean };
    export const accounts = {
      byName: async (_name: unknown): Promise<Account | null> => null,
      byId: async (_id: string): Promise<Account | null> => null,
      passwordIsRight: async (_account: Account | null, _password: unknown): Promise<boolean> => false,
    };`,
  'my-store.ts': `
    import type { Clock } from 'simplejwt';
    import { memoryStore } from 'simplejwt/storage/memory';
    export const myStore = (_clock: Clock) => memoryStore();`,
};
