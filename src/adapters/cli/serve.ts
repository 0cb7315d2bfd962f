import type { RequestListener } from 'node:http';
import type { TokenService } from '../../application/token-service.ts';
import type { TokenStore } from '../../ports/token-store.ts';
import type { TokenEvents } from '../../ports/token-events.ts';
import { accidentText } from './accident-text.ts';
import { UsageError, type Command, type ExitStatus, type Flags } from './command.ts';
import { createDemonstration } from './demonstration.ts';
import { listen, ListenError, type Address, type Listening } from './http-server.ts';
import { readConfigFile, type ServeConfig } from './serve-config.ts';
import type { OpenStore } from './serve-store.ts';
import { announcement } from './serve-announcement.ts';
import type { Terminal } from './terminal.ts';

export interface ServeCommandDeps {
  readonly openStore: OpenStore;
  /** Builds a service over a store. Throws `ConfigError`. */
  createService(config: ServeConfig, store: TokenStore, events: TokenEvents): TokenService;
  createHandler(service: TokenService, options: { readonly onError: (error: unknown) => void }): RequestListener;
}

/** `simplejwt serve`: a token service on a port, until SIGTERM or SIGINT. */
export function serveCommand(deps: ServeCommandDeps): Command {
  return {
    name: 'serve',
    description: 'Serves obtain, verify, refresh and revoke over HTTP.',
    flags: FLAGS,
    run: (flags, terminal) => serve(flags, terminal, deps),
  };
}

async function serve(
  flags: Flags,
  terminal: Terminal,
  { openStore, createService, createHandler }: ServeCommandDeps,
): Promise<ExitStatus> {
  const address = parseAddress(flags, terminal.env);
  const file = flags.value('config');
  const config = file === undefined ? createDemonstration() : await readConfigFile(file);

  const log = (text: string): void => void terminal.errors.write(`${new Date().toISOString()} ${text}\n`);
  const events: TokenEvents = {
    storeError: ({ operation, error }) => log(`the store failed at ${operation}: ${accidentText(error)}`),
  };
  await using opened = await openStore(flags.value('store'), file, { replica: flags.has('replica') }); // closed last, when nothing asks it any more
  await using service = createService(config, opened.store, events);
  await service.ready();
  const onError = (error: unknown) => log(`a request failed: ${accidentText(error)}`);

  const stopped = terminal.stopSignal();
  let server: Listening;
  try {
    server = await listen(createHandler(service, { onError }), address);
  } catch (error) {
    if (!(error instanceof ListenError)) throw error;
    await terminal.errors.write(`simplejwt: ${error.message}\n`);
    return 1;
  }
  await terminal.output.write(
    announcement({ url: server.url, config, store: opened, demonstration: file === undefined, json: flags.has('json') }),
  );
  await aborted(stopped);
  await server.drain();
  return 0;
}

function parseAddress(flags: Flags, env: Terminal['env']): Address {
  const [port, source] =
    flags.value('port') === undefined ? [env['PORT'] || '8000', 'PORT'] : [flags.value('port') ?? '', '--port'];
  if (!/^\d{1,5}$/.test(port) || Number(port) > 65_535)
    throw new UsageError(`${source} must be a number from 0 (any free port) to 65535`);
  return { host: flags.value('host') ?? (env['HOST'] || '127.0.0.1'), port: Number(port) };
}

async function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return;
  await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
}

const FLAGS: Command['flags'] = new Map([
  ['port', { value: 'PORT', description: 'the port to listen on; 0 takes any free one (PORT, else 8000)' }],
  ['host', { value: 'HOST', description: 'the address to listen on (HOST, else 127.0.0.1)' }],
  ['config', { value: 'FILE', description: 'settings and users as JSON; without it a demonstration is served' }],
  [
    'store',
    {
      value: 'URL',
      description:
        'where state is kept: memory:, sqlite:FILE, redis://HOST:6379 or mongodb://HOST:27017/DATABASE (with --config an SQLite file beside it, where Node has SQLite; else memory)',
    },
  ],
  [
    'replica',
    {
      description:
        'checks access tokens by a copy of the revocations in this process, without asking the store: with --store redis:// or mongodb://, on all hosts of it',
    },
  ],
  ['json', { description: 'prints one line of JSON with url, user, store and replica instead of text' }],
]);
