import { asynchronous } from './async.mjs';
import { blacklist } from './blacklist.mjs';
import { cache } from './cache.mjs';
import { heap } from './heap.mjs';
import { http } from './http.mjs';
import { imports } from './import.mjs';
import { issue } from './issue.mjs';
import { pieces } from './pieces.mjs';
import { reject } from './reject.mjs';
import { replica } from './replica.mjs';
import { service } from './service.mjs';
import { sign } from './sign.mjs';
import { stores } from './stores.mjs';
import { verify } from './verify.mjs';
import { workers } from './workers.mjs';

/**
 * Everything there is to measure, as data. A suite's rows are independent of each other: each runs in a process of its own.
 *
 * @typedef {object} Suite
 * @property {string} name
 * @property {string} about
 * @property {'time' | 'bytes'} unit What a cost is counted in: nanoseconds or bytes.
 * @property {string} baseline The contender that the others are compared to.
 * @property {'speed' | 'share'} [compared] How many times faster than the baseline (the usual), or what share of its cost.
 * @property {readonly Row[]} rows
 *
 * @typedef {object} Row
 * @property {string} name
 * @property {() => Prepared | Promise<Prepared>} prepare
 * @property {string} [baseline] Where it differs from the suite's.
 * @property {'time' | 'bytes'} [unit] Likewise.
 * @property {'speed' | 'share'} [compared] Likewise.
 * @property {number} [rounds] At most so many, where one takes long.
 * @property {number} [warmMs] Milliseconds each contender runs before it counts, where much code is to be compiled.
 * @property {readonly string[]} [execArgv] Flags that its Node needs.
 *
 * @typedef {import('../contenders/contenders.mjs').Line & Further} Prepared
 *
 * @typedef {object} Further
 * @property {() => string | undefined} [disturbed] Why what was measured says nothing, where it does not.
 * @property {() => unknown} [close]
 */

/** @type {readonly Suite[]} */
export const SUITES = [
  verify,
  sign,
  reject,
  issue,
  service,
  stores,
  replica,
  blacklist,
  cache,
  heap,
  imports,
  http,
  workers,
  asynchronous,
  pieces,
];
