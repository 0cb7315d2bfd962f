// Builds dist/ from src/ with plain tsc.
import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, readFileSync, rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const root = new URL('../', import.meta.url);
const path = (relative) => fileURLToPath(new URL(relative, root));

rmSync(path('dist'), { recursive: true, force: true });
const { status, error } = spawnSync(
  process.execPath,
  [path('node_modules/typescript/bin/tsc'), '-p', path('tsconfig.build.json')],
  { stdio: ['ignore', 'inherit', 'inherit'] },
);
if (error) throw error;
if (status !== 0) process.exit(status ?? 1);

const cli = path('dist/cli.js');
if (existsSync(cli) && readFileSync(cli, 'utf8').startsWith('#!/usr/bin/env node\n')) chmodSync(cli, 0o755);
