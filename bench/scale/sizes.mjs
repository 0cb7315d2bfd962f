import { FEED_SECONDS, ratesOf } from './workload.mjs';

/** What the workload comes to: a row for each store and number of families. All of it is what was measured times what is assumed. */
export function sizesOf(workload, stores, replicas) {
  const run = stores.filter(({ missing }) => missing === undefined);
  return run.flatMap((store) => replicas.map((replica) => sizeOf(workload, store, replica)));
}

function sizeOf(workload, store, { families, one, many }) {
  const rates = ratesOf(workload, families);
  const { logouts, checks } = rates;
  const hosts = store.hosts ?? workload.hosts;
  const { asked } = hosts === 1 ? one : many;
  const { bytes, calls, feed = NO_FEED } = store;
  const gigabytes = (families * bytes.family) / 1e9;
  const written = writesOf(rates);
  // as many commands as there are where no two share one
  const commands = {
    writes: written(({ commands }) => commands, { ...calls, rotation: calls['lone rotation'] }),
    checks: checks * calls['lone check'].commands,
    feed: feedOf(feed, { logouts, hosts }, ({ commands }) => commands),
  };
  const durable = rates.rotations + rates.logins + logouts;
  const timed = calls.rotation.micros !== undefined;
  const writing = timed ? written(({ micros }) => micros, calls) / 1e6 : undefined;
  const feeding = timed ? feedOf(feed, { logouts, hosts }, ({ micros }) => micros) / 1e6 : undefined;

  /** With so much of the checks that the store is asked, and with the feed where there is a replica. */
  const served = (share, replica) => {
    const cores = timed ? writing + (share * checks * calls.check.micros) / 1e6 + (replica ? feeding : 0) : undefined;
    return {
      checks: share * commands.checks,
      commands: commands.writes + share * commands.checks + (replica ? commands.feed : 0),
      cores,
      ...enough(store, workload, { gigabytes, cores, durable }),
    };
  };
  return {
    store: store.name,
    families,
    gigabytes,
    writes: commands.writes,
    durable,
    without: served(1, false),
    replicaRequiring: served(asked, true),
    replica: served(0, true),
    feed: { commands: commands.feed, cores: feeding, gigabytes: (logouts * FEED_SECONDS * feed.entryBytes) / 1e9 },
  };
}

function writesOf({ rotations, logins, logouts }) {
  return (of, { rotation, login, logout }) => rotations * of(rotation) + logins * of(login) + logouts * of(logout);
}

/** Each logout is published, and wakes the reader of each host, as far as readers do not wait. */
function feedOf({ publication, reading, idleReads, mostReads = Infinity }, { logouts, hosts }, of) {
  return logouts * of(publication) + hosts * Math.min(idleReads + logouts, mostReads) * of(reading);
}

/** Whether one of them does, by memory, disk and processor, or how many do; undefined where nothing of it was measured. */
function enough(store, { memory, busy }, { gigabytes, cores, durable }) {
  if (store.durableRotations !== undefined) return { fits: durable <= store.durableRotations, masters: undefined };
  if (cores === undefined) return { fits: undefined, masters: undefined };
  const masters = Math.max(Math.ceil(gigabytes / memory), Math.ceil(cores / (busy / 100)));
  return { fits: masters === 1, masters };
}

/** Within one process: of a store whose hosts are one. */
const NOTHING = { commands: 0, micros: 0 };
const NO_FEED = { entryBytes: 0, publication: NOTHING, reading: NOTHING, idleReads: 0 };
