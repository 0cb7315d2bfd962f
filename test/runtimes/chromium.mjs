import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { json } from 'node:stream/consumers';
import { bundle } from './install.mjs';

/** A page from the loopback, where browsers have Web Crypto without https, that posts what it found. */
export async function onChromium(folder) {
  const script = readFileSync(await bundle(folder, 'page', ['browser']));
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const reported = new Promise((resolve, reject) => {
    server.on('request', (request, response) => {
      const [type, content] = request.url === '/page.js' ? ['text/javascript', script] : ['text/html', PAGE];
      if (request.method === 'POST') json(request).then(resolve, reject);
      response.setHeader('content-type', type).end(request.method === 'POST' ? '' : content);
    });
  });
  const words = ['--headless', '--no-sandbox', '--disable-gpu', '--no-first-run', `--user-data-dir=${folder}/profile`];
  const chromium = spawn('chromium', [...words, `http://127.0.0.1:${server.address().port}/`], { stdio: 'ignore' });
  try {
    const ended = once(chromium, 'exit', { signal: AbortSignal.timeout(30_000) });
    return await Promise.race([reported, ended.then(([status]) => Promise.reject(new Error(`chromium ended with ${status}`)))]);
  } finally {
    chromium.kill();
    if (chromium.exitCode === null && chromium.signalCode === null) await once(chromium, 'exit'); // it writes to the folder until then
    server.closeAllConnections();
    server.close();
  }
}

const PAGE = '<!doctype html><script type="module" src="/page.js"></script>';
