import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseSync } from 'vite';

/** A module to look at: a path from the project's root, and its text. */
export interface SourceFile {
  readonly path: string;
  readonly code: string;
}

export interface ModuleFacts {
  /** What the module imports, in any form, types included. */
  readonly imports: readonly string[];
  /** The free-standing names it reads: `Date`, but not the `Date` of `row.Date` or `{ Date: 1 }`. */
  readonly names: ReadonlySet<string>;
  /** The dotted names it reads: `Math.random`, `globalThis.process`. */
  readonly members: ReadonlySet<string>;
  /** Whether it has an async function, an await or a `for await`. */
  readonly waits: boolean;
}

type Node = Readonly<Record<string, unknown>> & { readonly type: string };

/** Every .ts file (or whatever `ending` says) under a folder of the project. */
export function readSources(folder: string, ending = '.ts'): SourceFile[] {
  const root = new URL('../../', import.meta.url);
  return readdirSync(new URL(`${folder}/`, root), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith(ending))
    .map((entry) => `${entry.parentPath}/${entry.name}`.replaceAll('//', '/').replace(fileURLToPath(root), ''))
    .toSorted()
    .map((path) => ({ path, code: readFileSync(new URL(path, root), 'utf8') }));
}

/** Parses a module and gathers what the architecture's rules ask about. Throws where the text does not parse. */
export function readModule({ path, code }: SourceFile): ModuleFacts {
  const { program, errors } = parseSync(path, code);
  if (errors.length > 0) throw new SyntaxError(`${path}: ${errors[0]?.message}`);
  const facts = { imports: [] as string[], names: new Set<string>(), members: new Set<string>(), waits: false };
  visit(program, facts);
  return facts;
}

type Gathered = { imports: string[]; names: Set<string>; members: Set<string>; waits: boolean };

function visit(value: unknown, facts: Gathered): void {
  if (Array.isArray(value)) {
    for (const item of value) visit(item, facts);
    return;
  }
  if (!isNode(value)) return;

  const source = MODULE_REQUESTS.has(value.type) ? value['source'] : undefined;
  // A request that is no plain string cannot be followed, so it is reported as what no floor may import.
  if (isNode(source)) facts.imports.push(typeof source['value'] === 'string' ? source['value'] : '(computed)');

  if (value['async'] === true || value['await'] === true || value.type === 'AwaitExpression') facts.waits = true;
  if (value.type === 'Identifier') facts.names.add(String(value['name']));

  const { object, left } = value as { object?: unknown; left?: unknown };
  const owner = value.type === 'MemberExpression' ? object : value.type === 'TSQualifiedName' ? left : undefined;
  const property = value.type === 'TSQualifiedName' ? value['right'] : value['property'];
  if (isNode(owner) && isNode(property))
    facts.members.add(`${String(owner['name'])}.${String(property['name'] ?? property['value'])}`);

  for (const [key, child] of Object.entries(value)) {
    if (isPlainKey(value, key)) continue;
    visit(child, facts);
  }
}

/** Whether `key` holds a name that belongs to an object, not to a scope. */
function isPlainKey(node: Node, key: string): boolean {
  if (node['computed'] === true) return false;
  if (key === 'property') return node.type === 'MemberExpression';
  if (key === 'right') return node.type === 'TSQualifiedName';
  return key === 'key';
}

function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && typeof (value as Node).type === 'string';
}

const MODULE_REQUESTS: ReadonlySet<string> = new Set([
  'ImportDeclaration',
  'ExportNamedDeclaration',
  'ExportAllDeclaration',
  'ImportExpression',
  'TSImportType',
]);
