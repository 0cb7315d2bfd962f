import type { Connection } from './client.ts';

/**
 * Looks once, at the first call, whether the server may evict records: an evicted blacklist entry is a token come back. INFO says it where CONFIG
 * is forbidden. A server that does not tell is not asked again.
 */
export function evictionCheck(connection: Connection, key: string, warn: (text: string) => void): () => void {
  let asked = false;
  return function check() {
    if (asked) return;
    asked = true;
    connection.send(key, ['info', 'memory']).then(
      (reply) => {
        const text = String(reply);
        const policy = /^maxmemory_policy:(\S+)/m.exec(text)?.[1] ?? 'noeviction';
        const bounded = !/^maxmemory:0\s*$/m.test(text);
        if (bounded && policy !== 'noeviction') warn(warning(policy));
      },
      () => undefined,
    );
  };
}

function warning(policy: string): string {
  return `Redis may evict tokens and keys on record (maxmemory-policy is ${policy}), which would undo revocations: set maxmemory-policy to noeviction`;
}
