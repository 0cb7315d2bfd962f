import { plainTable } from '../command/tables.mjs';

/** All of it as text: what was assumed, what was measured, and what both come to. */
export function reportOf({ node, workload, stores, replicas, sizes }) {
  const missing = stores.filter((store) => store.missing !== undefined);
  return [
    `Node ${node.slice(1)}\n${assumptionsOf(workload)}`,
    `What one takes, measured:\n${callsTable(stores)}\n${footOf(stores)}`,
    ...missing.map(({ name, missing: why }) => `not measured: ${name} ${why}`),
    `A second, and what is enough:\n${sizesTable(workload, stores, sizes)}\n${SIZES_FOOT}`,
    `The replica of each host:\n${replicaTable(workload, replicas, sizes)}\n`,
  ].join('\n\n');
}

function assumptionsOf({ refresh, lifetime, access, spent, sessionDays, checks, hosts, memory, busy, sample }) {
  return `Assumed: each live family, one a user, is refreshed every ${refresh} s, and a refresh token lives ${lifetime} s: ${spent} spent tokens and a live one.
A login and a logout of each every ${sessionDays} days. ${whole(checks)} checks of access tokens a second, by any of ${hosts} hosts; a token lives
${access} s, so the checks of a family come within ${access} s of its refresh. One Redis is to hold ${memory} GB at most, and to use ${busy} % of a core.
Measured: a day of ${whole(sample)} families at each store.`;
}

function callsTable(stores) {
  const table = plainTable([
    '',
    'bytes a family',
    'a spent token',
    'login',
    'rotation',
    'check',
    'logout',
    'bytes of a rotation',
    'of a check',
    'time of a rotation',
    'of a check',
  ]);
  for (const { name, missing, bytes, calls } of stores) {
    if (missing !== undefined) continue;
    const wire = ({ sent, answered }) => (sent === undefined ? '' : `${whole(sent)} + ${whole(answered)}`);
    const time = ({ micros }) => (micros === undefined ? 'not measured' : `${fewDigits(micros)} us`);
    table.push([
      name,
      whole(bytes.family),
      whole(bytes.spentToken),
      ...[calls.login, calls['lone rotation'], calls['lone check'], calls.logout].map(({ commands }) => fewDigits(commands)),
      wire(calls['lone rotation']),
      wire(calls['lone check']),
      time(calls.rotation),
      time(calls.check),
    ]);
  }
  return table.toString();
}

function footOf(stores) {
  const sqlite = stores.find(({ durableRotations }) => durableRotations !== undefined);
  const redis = stores.find(({ exists }) => exists !== undefined);
  const lines = [
    'Login to logout: commands of each, of SQLite transactions. Bytes are sent + answered, of a call that is alone.',
  ];
  if (sqlite !== undefined) {
    const { rotation, check } = sqlite.calls;
    const statements = `${fewDigits(rotation.statements)} statements and a check ${fewDigits(check.statements)}`;
    lines.push(
      `SQLite: a rotation is ${statements}. This disk took ${whole(sqlite.durableRotations)} rotations a second at best.`,
    );
  }
  if (redis !== undefined) {
    const { calls, exists, version } = redis;
    const over = (call) => `${(call.micros / exists.micros).toFixed(1)} of an EXISTS`;
    const cluster = stores.find(({ name, missing }) => name === 'Redis Cluster' && missing === undefined);
    const each = (name, one) => `${name} a rotation ${over(one.rotation)}, a check ${over(one.check)}`;
    lines.push(
      `Redis ${version}, without persistence: time of its main thread, 64 calls at once on one connection. ${each('Alone', calls)};`,
    );
    lines.push(`${each('in a Cluster, where no two share a command,', cluster.calls)}. Without a replica server.`);
  }
  lines.push(
    'MongoDB: BSON, without indexes and before compression, on each member; no MongoDB is installed, so its time is not measured.',
  );
  return lines.join('\n');
}

function sizesTable({ memory, busy }, stores, sizes) {
  const head = [
    '',
    'families',
    'GB',
    'writes',
    'checks',
    'with replicas',
    'nothing required',
    'enough',
    'with replicas',
    'nothing required',
  ];
  const table = plainTable(head);
  for (const { store, families, gigabytes, writes, durable, ...served } of sizes) {
    const about = stores.find(({ name }) => name === store);
    const ways = [served.without, served.replicaRequiring, served.replica];
    const asked = ways.map(({ checks }, index) => whole(checks + (index > 0 ? served.feed.commands : 0)));
    const verdicts = ways.map((way) => verdictOf(about, { memory, busy, gigabytes, durable }, way));
    table.push([store, short(families), fewDigits(gigabytes), whole(writes), ...asked, ...verdicts]);
  }
  return table.toString();
}

function verdictOf({ name, durableRotations }, { memory, busy, gigabytes, durable }, { fits, masters, cores }) {
  if (fits === undefined) return 'not measured';
  if (durableRotations !== undefined)
    return fits ? `yes, ${fewDigits(cores)} cores` : `no: disk x ${fewDigits(durable / durableRotations)}`;
  if (name === 'Redis Cluster') return masters === 1 ? '1 master' : `${whole(masters)} masters`;
  if (fits) return 'yes';
  const lacks = [...(gigabytes > memory ? ['memory'] : []), ...(cores > busy / 100 ? [`${fewDigits(cores)} cores`] : [])];
  return `no: ${lacks.join(', ')}`;
}

function replicaTable({ hosts }, replicas, sizes) {
  const names = [...new Set(sizes.map(({ store }) => store))].filter((name) => name !== 'SQLite' && name !== 'Redis Cluster');
  const table = plainTable([
    'families',
    `asked, of ${hosts} hosts`,
    'of one',
    'revocations',
    'families known',
    'MB of the copy',
    ...names.flatMap((name) => [`feed in ${name}: commands`, 'MB']),
  ]);
  for (const { families, entries, one, many } of replicas) {
    const feeds = names.map((name) => sizes.find((size) => size.store === name && size.families === families).feed);
    table.push([
      short(families),
      percent(many.asked),
      percent(one.asked),
      whole(entries),
      whole(many.known),
      whole(many.bytes / 1e6),
      ...feeds.flatMap(({ commands, gigabytes }) => [whole(commands), fewDigits(gigabytes * 1000)]),
    ]);
  }
  return `${table.toString()}\nAsked: of the checks, with requireOutstanding; without it none but those of tokens that were revoked. Of one: where there is\none host, or all requests of a family go to the same. More than 1,000,000 known need maxKnownFamilies.`;
}

const percent = (share) => `${(share * 100).toPrecision(2)} %`;
const whole = (number) => Math.round(number).toLocaleString('en');
const fewDigits = (number) => (number >= 100 ? whole(number) : String(Number(number.toPrecision(2))));
const short = (number) => (number >= 1e6 ? `${number / 1e6}M` : whole(number));

const SIZES_FOOT = `Writes: commands of rotations, logins and logouts. Checks: commands without replicas; with them and requireOutstanding; with them and nothing required of
families; the feed is with both. In one Redis calls of one tick share a command, up to 32: these are the most. Where hosts have fewer at once, it takes
as long as in a Cluster. SQLite is one host, its replica one process with memoryFeed, and its cores those of that host; disk x 5: five times what this
disk took. Masters without their replica servers: each of those holds as much again, as does each member of MongoDB.`;
