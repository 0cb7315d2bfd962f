import { readFileSync } from 'node:fs';
import { inspectCommand } from './adapters/cli/inspect.ts';
import { issueCommand } from './adapters/cli/issue.ts';
import { jwksCommand } from './adapters/cli/jwks.ts';
import { keygenCommand } from './adapters/cli/keygen.ts';
import type { Program } from './adapters/cli/run-command.ts';
import { serveCommand } from './adapters/cli/serve.ts';
import { verifyCommand } from './adapters/cli/verify.ts';
import { nodeCrypto } from './adapters/crypto/node/provider.ts';
import { createServiceHandler } from './adapters/http/node.ts';
import { generateKey } from './adapters/keys/key-generation.ts';
import { memoryUsers } from './adapters/users/memory.ts';
import { createTokenService } from './index.ts';
import { createSigner, createVerifier, verifyCompact } from './jws.ts';
import { openStore } from './open-store.ts';

/** The commands of `simplejwt` with their parts: a command is a row here. */
export const program: Program = {
  version: packageVersion(),
  commands: [
    serveCommand({
      openStore,
      createService: ({ settings, users }, store, events) =>
        createTokenService({ ...settings, users: memoryUsers(users, { stableCredentials: true }), store, events }),
      createHandler(service, options) {
        const handle = createServiceHandler(service, options);
        return (request, response) => void handle(request, response); // it does not reject
      },
    }),
    verifyCommand({ createVerifier }),
    inspectCommand({ verifyCompact }),
    issueCommand({ createSigner, crypto: nodeCrypto }),
    keygenCommand({ generateKey }),
    jwksCommand(nodeCrypto),
  ],
};

function packageVersion(): string {
  const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as { version: string };
  return version;
}
