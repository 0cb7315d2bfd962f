import { UsageError } from '../command/flags.mjs';

/** @type {Readonly<Record<string, import('../command/flags.mjs').Flag>>} */
export const SCALE_FLAGS = {
  families: { value: 'LIST', help: 'live families, such as 1M,10M,100M (the default)', parse: listOfNumbers },
  checks: { value: 'N', help: 'checks of access tokens a second, over all hosts (100000)', parse: number },
  refresh: { value: 'SECONDS', help: 'between two refreshes of a family (3600)', parse: number },
  lifetime: { value: 'SECONDS', help: 'life of a refresh token (86400)', parse: number },
  access: { value: 'SECONDS', help: 'life of an access token (300)', parse: number },
  'session-days': { value: 'N', help: 'days from a login to its logout (10)', parse: number },
  hosts: {
    value: 'N',
    help: 'hosts that share the checks, each with a replica; any request may come to any (20)',
    parse: number,
  },
  memory: { value: 'GB', help: 'that one Redis is to hold at most (64)', parse: number },
  busy: { value: 'PERCENT', help: 'of one core that one Redis is to use at most (50)', parse: number },
  sample: { value: 'N', help: 'families that are run at each store (2000)', parse: number },
  json: { help: 'all that was measured and computed, as JSON' },
  help: { help: 'this text' },
};

/** What is assumed: everything that was not measured. Rates are a second. */
export function workloadOf(flags) {
  const { families = [1e6, 1e7, 1e8], 'session-days': sessionDays = 10, ...given } = flags;
  const { checks = 100_000, refresh = 3600, lifetime = 86_400, access = 300, hosts = 20 } = given;
  const { memory = 64, busy = 50, sample = 2000 } = given;
  if (2 * refresh > lifetime) throw new UsageError('--refresh must be at most half of --lifetime');
  if (busy > 100) throw new UsageError('--busy is a percentage of one core, at most 100');
  const spent = Math.floor(lifetime / refresh);
  if (spent > 1000) throw new UsageError('a family would hold more than 1000 spent tokens; write a longer --refresh');
  if (access > FEED_SECONDS / 2) throw new UsageError(`--access must be at most ${FEED_SECONDS / 2}: half of what a feed keeps`);
  return { families, checks, refresh, lifetime, access, sessionDays, hosts, memory, busy, sample, spent };
}

export function ratesOf({ refresh, sessionDays, checks }, families) {
  const logins = families / (sessionDays * 86_400);
  return { rotations: families / refresh, logins, logouts: logins, checks };
}

function listOfNumbers(text, name) {
  return text.split(',').map((one) => number(one, name));
}

function number(text, name) {
  const [, digits, unit = ''] = /^([1-9]\d{0,9})([kM]?)$/.exec(text) ?? [];
  if (digits === undefined) throw new UsageError(`--${name} must be a whole number, such as 5, 20k or 10M`);
  return Number(digits) * UNITS[unit];
}

const UNITS = { '': 1, k: 1e3, M: 1e6 };

/** For how long a feed keeps its entries, unless it is told otherwise. */
export const FEED_SECONDS = 7200;
