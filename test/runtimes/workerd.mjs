import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { bundle } from './install.mjs';

/** Without `nodejs_compat` workerd has no node: modules at all. */
export async function onWorkerd(folder) {
  await bundle(folder, 'worker', ['workerd']);
  writeFileSync(`${folder}/config.capnp`, CONFIG);
  const workerd = spawn('workerd', ['serve', 'config.capnp', '--control-fd=3'], {
    cwd: folder,
    stdio: ['ignore', 'inherit', 'inherit', 'pipe'],
  });
  try {
    const signal = AbortSignal.timeout(30_000);
    const ended = once(workerd, 'exit', { signal }).then(([status]) => Promise.reject(new Error(`workerd ended with ${status}`)));
    const [line] = await Promise.race([once(createInterface(workerd.stdio[3]), 'line', { signal }), ended]);
    const response = await Promise.race([fetch(`http://127.0.0.1:${JSON.parse(line).port}/`, { signal }), ended]);
    if (!response.ok) throw new Error(`the worker answered ${response.status}: ${await response.text()}`);
    return await response.json();
  } finally {
    workerd.kill();
  }
}

const CONFIG = `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [(name = "main", worker = .worker)],
  sockets = [(name = "http", address = "127.0.0.1:0", http = (), service = "main")]
);
const worker :Workerd.Worker = (
  modules = [(name = "worker", esModule = embed "worker-bundle.js")],
  compatibilityDate = "2026-01-01"
);
`;
