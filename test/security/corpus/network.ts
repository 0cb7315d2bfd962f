import dns from 'node:dns';
import { Socket } from 'node:net';
import { vi } from 'vitest';

/** Refuses and counts every way out of this process until `stop`. */
export function watchNetwork(): { stop(): readonly string[] } {
  const calls: string[] = [];
  const refuse = (name: string) => (): never => {
    calls.push(name);
    throw new Error(`${name} was called`);
  };
  const spies = [
    vi.spyOn(globalThis, 'fetch').mockImplementation(refuse('fetch')),
    vi.spyOn(Socket.prototype, 'connect').mockImplementation(refuse('connect')),
    vi.spyOn(dns, 'lookup').mockImplementation(refuse('dns.lookup')),
    vi.spyOn(dns.promises, 'lookup').mockImplementation(refuse('dns.promises.lookup')),
  ];
  return {
    stop() {
      for (const spy of spies) spy.mockRestore();
      return calls;
    },
  };
}
