import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/**
 * Outlives this process, however that ends: when the pipe to it closes, it kills the servers it was told of and removes their directories.
 */
let tell: ((line: string) => void) | undefined;

const GUARD = `
pids= dirs=
while read -r verb word; do
  case $verb in
    +) pids="$pids $word " ;;
    -) pids=$(printf %s "$pids" | sed "s/ $word / /") ;;
    d) dirs="$dirs $word" ;;
    r) dirs=$(printf '%s ' "$dirs" | sed "s# $word # #") ;;
  esac
done
[ -n "$(printf %s "$pids" | tr -d ' ')" ] && kill -9 $pids
[ -n "$dirs" ] && rm -rf $dirs
`;

function guard(line: string): void {
  if (tell === undefined) {
    const shell = spawn('sh', ['-c', GUARD], { stdio: ['pipe', 'ignore', 'ignore'], detached: true });
    shell.unref();
    (shell.stdin as unknown as { unref(): void }).unref();
    tell = (text) => shell.stdin.write(`${text}\n`);
  }
  tell(line);
}

export const guarded = (pid: number) => guard(`+ ${pid}`);
export const released = (pid: number) => guard(`- ${pid}`);

/** A directory that goes with the test process, or before. */
export function temporaryDirectory(): { readonly path: string; remove(): void } {
  const path = mkdtempSync(join(tmpdir(), 'simplejwt-'));
  guard(`d ${path}`);
  return {
    path,
    remove() {
      rmSync(path, { recursive: true, force: true });
      guard(`r ${path}`);
    },
  };
}
