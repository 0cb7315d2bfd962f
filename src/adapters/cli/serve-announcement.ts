import { curlLines } from './demonstration.ts';
import type { ServeConfig } from './serve-config.ts';
import type { OpenedStore } from './serve-store.ts';

export interface Served {
  readonly url: string;
  readonly config: ServeConfig;
  readonly store: Pick<OpenedStore, 'url' | 'note' | 'replica'>;
  /** Whether the key and the user were made up for this run: only then is a password told. */
  readonly demonstration: boolean;
  readonly json: boolean;
}

/** What `serve` prints when it listens: for people, or one line for programs. */
export function announcement({ url, config: { users }, store, demonstration, json }: Served): string {
  const user = demonstration ? users[0] : undefined;
  if (json) {
    const shown = user === undefined ? null : { username: user.username, password: user.password };
    return `${JSON.stringify({ url, user: shown, store: store.url, replica: store.replica === true })}\n`;
  }
  const lines =
    user === undefined
      ? [
          `simplejwt serves tokens at ${url}/api/token/`,
          users.length === 0 ? 'There are no users: nobody can log in.' : undefined,
          store.note,
        ]
      : [
          `simplejwt serves tokens at ${url}/api/token/`,
          '',
          'This is a demonstration: the key and the user were made for this run only. Use --config FILE for your own.',
          store.note,
          '',
          `User: ${user.username}  Password: ${user.password}`,
          '',
          'Obtain, use and refresh a token; paste any of these into a shell:',
          '',
          ...curlLines(url, user),
          '',
        ];
  return lines
    .filter((line) => line !== undefined)
    .map((line) => `${line}\n`)
    .join('');
}
