// A server of its own process: `refresh` answers rotating refreshes on the memory store, `echo` sends back what it got. Asked over IPC, it tells
// what CPU time it has used.
import { randomBytes } from 'node:crypto';
import { createServer } from 'node:http';
import { createTokenService } from 'simplejwt';
import { createTokenHandler } from 'simplejwt/http/node';
import { memoryStore } from 'simplejwt/storage/memory';

const USER = { id: '100007', isActive: true };
const SESSIONS = 8;

const service = createTokenService({
  algorithm: 'HS256',
  signingKey: randomBytes(32),
  rotateRefreshTokens: true,
  blacklistAfterRotation: true,
  refreshTokenLifetime: 60,
  users: { authenticate: () => USER, findById: () => USER },
  store: memoryStore(),
});

/** An answer as long as that of a refresh, without what a refresh is for. */
function echo(request, response) {
  const chunks = [];
  request.on('data', (chunk) => chunks.push(chunk));
  request.on('end', () => {
    const { refresh } = JSON.parse(Buffer.concat(chunks).toString());
    const text = JSON.stringify({ access: refresh, refresh });
    response.writeHead(200, { 'Content-Type': 'application/json', 'Content-Length': text.length }).end(text);
  });
}

const handle = createTokenHandler(service);
const refresh = (request, response) => void handle(request, response);
const server = createServer(process.argv[2] === 'echo' ? echo : refresh);
const sessions = [];
for (let count = 0; count < SESSIONS; count++) sessions.push(await service.issuePair(USER));

process.on('message', () => process.send(process.cpuUsage()));
process.once('disconnect', () => process.exit());
process.on('SIGINT', () => undefined);
server.listen(0, '127.0.0.1', () => process.send({ port: server.address().port, sessions }));
