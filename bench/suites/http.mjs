import { fork } from 'node:child_process';
import { once } from 'node:events';
import { Agent, request } from 'node:http';
import { fileURLToPath } from 'node:url';

export const http = {
  name: 'http',
  about: 'CPU time of a node:http server for one POST, over connections that are kept: a rotating refresh beside JSON sent back',
  unit: 'time',
  compared: 'share',
  baseline: 'JSON echo',
  rows: [{ name: 'refresh', prepare: serving }],
};

async function serving() {
  const [refresh, echo] = await Promise.all(['refresh', 'echo'].map(startServer));
  return {
    contenders: [{ ...contender('POST /api/token/refresh', refresh), ours: true }, contender('JSON echo', echo)],
    notApplicable: [],
    close: () => [refresh, echo].map((server) => server.stop()),
  };
}

function contender(name, server) {
  return {
    name,
    sample: () => server.cpuOf(REQUESTS),
    async check() {
      const [{ refresh }] = server.sessions;
      const { status, body } = await server.post(refresh);
      if (status !== 200 || typeof body.access !== 'string' || typeof body.refresh !== 'string') return false;
      server.sessions[0].refresh = body.refresh;
      await server.cpuOf(WARM_UP);
      return true;
    },
  };
}

async function startServer(kind) {
  const child = fork(SERVER, [kind], { stdio: ['ignore', 2, 2, 'ipc'] });
  const [{ port, sessions }] = await once(child, 'message');
  const agent = new Agent({ keepAlive: true, maxSockets: CONNECTIONS });
  const cpu = async () => {
    child.send('usage');
    const [{ user, system }] = await once(child, 'message');
    return (user + system) * 1000;
  };
  const post = (refresh) => posted(agent, port, JSON.stringify({ refresh }));

  async function converse(session, times) {
    for (let time = 0; time < times; time++) {
      const { status, body } = await post(session.refresh);
      if (status !== 200) throw new Error(`the server answered ${status}`);
      session.refresh = body.refresh;
    }
  }

  return {
    sessions,
    post,
    async cpuOf(requests) {
      const before = await cpu();
      await Promise.all(sessions.map((session) => converse(session, requests / sessions.length)));
      return ((await cpu()) - before) / requests;
    },
    stop() {
      agent.destroy();
      child.disconnect();
    },
  };
}

function posted(agent, port, text) {
  return new Promise((resolve, reject) => {
    const headers = { 'Content-Type': 'application/json', 'Content-Length': text.length };
    const sent = request({ agent, port, host: '127.0.0.1', method: 'POST', path: '/api/token/refresh/', headers }, (response) => {
      let answer = '';
      response.setEncoding('latin1');
      response.on('data', (chunk) => (answer += chunk));
      response.on('end', () => resolve({ status: response.statusCode, body: JSON.parse(answer) }));
    });
    sent.on('error', reject);
    sent.end(text);
  });
}

const SERVER = fileURLToPath(new URL('http-server.mjs', import.meta.url));
const CONNECTIONS = 8;
const REQUESTS = 400;
// what a request costs falls until about here: V8 goes on compiling, and replacing, what it has compiled before
const WARM_UP = 24_000;
