import { randomBytes } from 'node:crypto';
import { parseSync } from 'vite';
import { describe, expect, it } from 'vitest';
import { recommended } from '../../src/application/config.ts';
import { createTokenService } from '../../src/index.ts';
import { memoryStore } from '../../src/adapters/storage/memory.ts';
import { readSources } from '../architecture/module.ts';
import { readDocument, tableRows } from './code-blocks.ts';

const rows = tableRows(readDocument('docs/settings.md')).map(([name = '', preset = '', meaning = '', wanted = '']) => ({
  name: name.replaceAll('`', ''),
  preset,
  meaning,
  wanted,
}));
const names = rows.map(({ name }) => name).toSorted();

/** The members of the interfaces that make up the options, as the sources declare them. */
function declaredOptions(interfaces: readonly string[]): string[] {
  const found = new Map<string, string[]>();
  for (const { path, code } of readSources('src')) {
    for (const statement of parseSync(path, code).program.body) {
      const declared = statement.type === 'ExportNamedDeclaration' ? statement.declaration : undefined;
      if (declared?.type !== 'TSInterfaceDeclaration' || !interfaces.includes(declared.id.name)) continue;
      if (path === 'src/index.ts') continue; // the same options with defaults
      const members = declared.body.body.flatMap((member) =>
        member.type === 'TSPropertySignature' && member.key.type === 'Identifier' ? [member.key.name] : [],
      );
      found.set(declared.id.name, [...(found.get(declared.id.name) ?? []), ...members]);
    }
  }
  expect([...found.keys()].toSorted()).toEqual([...interfaces].toSorted());
  return [...found.values()].flat();
}

const build = (options: object) => createTokenService({ signingKey: randomBytes(32), store: memoryStore(), ...options });

describe('docs/settings.md', () => {
  it('names exactly the options that the sources declare, each once', () => {
    const declared = declaredOptions(['TokenOptions', 'ServiceKeyOptions', 'TokenServiceOptions']);
    expect(declared.length).toBeGreaterThan(50);
    expect(names).toEqual(declared.toSorted());
  });

  it.each(rows)('names $name, which is known', ({ name, meaning }) => {
    expect(meaning).not.toBe('');
    expect(() => build({ [name]: name === 'signingKey' ? randomBytes(32) : undefined })).not.toThrow();
    expect(() => build({ [`${name}X`]: undefined })).toThrow(`unknown option ${name}X; did you mean ${name}?`);
  });

  const { config } = build({});
  // leeway is handed on as it was given: the claims policy has its default
  const settings = rows.filter(({ name }) => Object.hasOwn(config, name) && name !== 'leeway');

  it.each(settings)('gives the default of $name: $preset', ({ name, preset }) => {
    const actual = config[name as keyof typeof config];
    if (preset === 'none') expect(actual).toBeUndefined();
    else if (preset.startsWith('`')) {
      const literal: unknown = JSON.parse(preset.replaceAll('`', '').replaceAll("'", '"'));
      expect(build({ [name]: literal }).config[name as keyof typeof config]).toEqual(actual);
    } else expect(actual).toBeTypeOf('function');
  });

  it('compared the defaults of nearly all settings', () => {
    expect(settings.length).toBeGreaterThan(40);
  });

  it('tells what recommended switches on', () => {
    const marked = rows.filter(({ wanted }) => wanted !== '');
    const told = marked.map(({ name, wanted }) => [name, wanted === 'yes' ? true : Number(wanted)]);
    expect(Object.fromEntries(told)).toEqual(recommended);
  });
});
