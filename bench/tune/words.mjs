import { plainTable, quantity, times } from '../command/tables.mjs';

/** What was measured, said in tables and sentences. No word of it comes from the token but its algorithm and its length. */
export function wordsOf({ token, machine, measured }) {
  const { parts, algorithms, cache, revocation, workers, pool } = measured;
  const time = (value) => quantity(value, 'time');
  const lines = [
    `${token.typical ? 'A typical token, made for this run' : 'Your token'}: ${token.algorithm}, ${token.length} characters.`,
    `One core verifies it in ${time(parts.time)}, ${perSecond(parts.time)} a second (Node ${machine.node}).`,
    '',
    tableOf(
      ['what it costs', '', 'share'],
      parts.pieces.map(({ name, time: cost, share }) => [name, time(cost), percent(share)]),
    ),
    '',
    dearest(parts.pieces),
    '',
    tableOf(
      ['algorithm, same claims', 'verify', 'sign', 'verify, against yours', 'characters'],
      algorithms.map(({ algorithm, verify, sign, faster, length }) => [
        algorithm,
        time(verify),
        time(sign),
        times(faster),
        String(length),
      ]),
    ),
    '',
    algorithmWords(token.algorithm, algorithms),
    '',
    tableOf(['option', 'a verify then takes', 'against now'], optionRows(measured, time)),
    '',
    cacheWords(cache, token.algorithm),
    revocationWords(revocation, parts.time),
    `Workers: two verify ${times(workers.faster)} as many tokens as one on this machine of ${machine.cores} cores. Let each own its connections: sending a token to a worker costs more than a fast verify.`,
    poolWords(pool, token.algorithm),
    'Redis is not measured here: a check there is a round trip, which only your own network can tell.',
  ];
  return `${lines.join('\n')}\n`;
}

function optionRows({ parts, cache, revocation, workers, pool }, time) {
  const row = (name, then) => [name, time(then), times(parts.time / then)];
  return [
    ['as it is', time(parts.time), '1x'],
    ...(cache?.at ?? []).map(({ rate, time: then }) => row(`cache, ${Math.round(rate * 100)}% hits`, then)),
    ...revocation.map(({ name, entries, adds }) => row(`revocation by ${name}, ${entries / 1000}k entries`, parts.time + adds)),
    ['2 workers', time(parts.time / workers.faster), times(workers.faster)],
    ...(pool === undefined ? [] : [[`nodeCryptoAsync, 16 in flight`, time(parts.time / pool.faster), times(pool.faster)]]),
  ];
}

function dearest(pieces) {
  const [first] = pieces.toSorted((a, b) => b.share - a.share);
  const advice = {
    signature: 'another algorithm or the cache helps; fewer claims do not',
    'payload to text': 'shorter claims help',
    'claims, read and checked': 'fewer claims help, and flat ones',
    header: 'a shorter header helps',
  };
  return `Most of it, ${percent(first.share)}, is ${first.name}: ${advice[first.name]}.`;
}

function algorithmWords(own, algorithms) {
  const [fastest] = algorithms.toSorted((a, b) => a.verify - b.verify);
  if (fastest.algorithm === own) return 'Algorithm: none of these verifies faster than yours.';
  const shared = fastest.algorithm.startsWith('HS') ? ', but whoever verifies could then sign too' : '';
  return `Algorithm: ${fastest.algorithm} would verify ${times(fastest.faster)} as fast${shared}.`;
}

function cacheWords(cache, algorithm) {
  if (cache === undefined) return 'Cache: this version has no cache of verified tokens to measure.';
  const worth = cache.miss / cache.hit;
  const advice = worth > 10 ? 'worth it where tokens come back' : 'it saves little; leave it off unless most tokens come back';
  return `Cache: a hit is ${times(worth)} as fast as verifying ${algorithm}; ${advice}.`;
}

function revocationWords(revocation, whole) {
  const told = revocation.map(({ name, adds }) => `${name} adds ${quantity(adds, 'time')} (${percent(adds / whole)})`);
  return `Revocation in memory: ${told.join(', ')} a verify.`;
}

function poolWords(pool, algorithm) {
  if (pool === undefined)
    return `Async: ${algorithm} stays on the event loop; for tokens this quick a thread costs more than it saves.`;
  const gain = pool.faster > 1.15 ? 'worth it under concurrency' : 'not worth it';
  return `Async: libuv's threads would verify about ${times(pool.faster)} as many with 16 in flight by nodeCryptoAsync: ${gain}.`;
}

function tableOf(head, rows) {
  const table = plainTable(head);
  table.push(...rows);
  return table.toString();
}

function perSecond(nanoseconds) {
  return Math.round(1e9 / nanoseconds).toLocaleString('en');
}

function percent(share) {
  return share < 0.01 && share > 0 ? 'under 1%' : `${Math.round(share * 100)}%`;
}
