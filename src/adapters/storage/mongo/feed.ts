import { textOfRevocations } from '../../../application/feed-entries.ts';
import { ownOptions } from '../../../application/option-names.ts';
import { parseDuration, type Duration } from '../../../domain/claims/numeric-date.ts';
import { ConfigError } from '../../../domain/errors.ts';
import type { Clock } from '../../../ports/clock.ts';
import type { RevocationFeed } from '../../../ports/revocation-feed.ts';
import { systemClock } from '../../system-clock.ts';
import type { MongoDatabase } from './database.ts';
import { factsOf, type Facts } from './facts.ts';
import { answered } from './failure.ts';
import { begin, ENTRIES, idOf, numberOf, type Entry } from './feed-documents.ts';
import { MongoFeedReader } from './feed-reader.ts';
import { settingsOf, type MongoStoreOptions } from './options.ts';

export interface MongoFeedOptions extends Pick<MongoStoreOptions, 'collection' | 'commandTimeoutSeconds'> {
  /** For how long an entry can be read (2 hours): at least twice as long as access tokens live. */
  readonly retentionSeconds?: Duration;
  /** The time in seconds, by which entries are dated (this host's clock). */
  readonly clock?: Clock;
}

/**
 * A feed of revocations in MongoDB, over a database of the `mongodb` driver (6 or 7) that the application has: entries have numbers without gaps,
 * since of several that would be the next one is inserted. Readers ask for what is new, five times a second. Publications that wait at the same time
 * are one entry.
 */
export function mongoFeed(db: MongoDatabase, options: MongoFeedOptions = {}): RevocationFeed {
  const own = ownOptions(options, ['collection', 'commandTimeoutSeconds', 'retentionSeconds', 'clock']);
  const { collection = 'simplejwt-feed', retentionSeconds: given = '2h', clock = systemClock, ...others } = own;
  const retentionSeconds = parseDuration(given, 'retentionSeconds', { minimum: 60 });
  if (typeof clock !== 'function')
    throw new ConfigError('invalid_option', 'clock', 'clock must be a function that answers seconds since the epoch');
  const { collection: log, commandTimeoutSeconds } = settingsOf(db, { collection, ...others });
  const facts = factsOf(log, commandTimeoutSeconds);
  const writer = new Writer(facts, retentionSeconds, clock);
  return {
    retentionSeconds,
    async publish(revocations, call) {
      if (revocations.length > 0) await answered(writer.publish(textOfRevocations(revocations)), call);
    },
    follow: () => new MongoFeedReader(facts, clock),
  };
}

class Writer {
  readonly #facts: Facts;
  readonly #retentionSeconds: number;
  readonly #clock: Clock;
  #waiting: string[] = [];
  #next: Promise<void> | undefined;
  #writing: Promise<void> = Promise.resolve();
  /** The newest number that was seen. */
  #newest = 0;

  constructor(facts: Facts, retentionSeconds: number, clock: Clock) {
    this.#facts = facts;
    this.#retentionSeconds = retentionSeconds;
    this.#clock = clock;
  }

  /** What comes while an entry is on its way is the next one, together. */
  publish(text: string): Promise<void> {
    this.#waiting.push(text);
    this.#next ??= this.#writing.then(() => this.#write());
    return this.#next;
  }

  #write(): Promise<void> {
    const text = this.#waiting.join(',');
    this.#waiting = [];
    this.#next = undefined;
    const written = this.#insert(text);
    this.#writing = written.catch(() => undefined);
    return written;
  }

  async #insert(text: string): Promise<void> {
    await begin(this.#facts, this.#clock);
    for (;;) {
      const number = this.#newest + 1;
      const now = this.#clock();
      const entry: Entry = { _id: idOf(number), at: now, text };
      // the one before must be there, or readers would wait for it
      const [before] = number === 1 ? [true] : await this.#facts.read({ _id: idOf(number - 1) }, {});
      const taken = before === undefined ? true : (await this.#facts.add([entry], 'first', {})).size > 0;
      if (!taken) {
        this.#newest = number;
        if (number % TRIMMED_EACH === 0) await this.#trim(number, now);
        return;
      }
      const [newest] = await this.#facts.read({ _id: ENTRIES }, {}, { sort: { _id: -1 }, limit: 1 });
      this.#newest = newest === undefined ? 0 : numberOf(newest._id);
    }
  }

  async #trim(number: number, now: number): Promise<void> {
    const due = { _id: { ...ENTRIES, $lt: idOf(number) }, at: { $lt: now - this.#retentionSeconds - MARGIN_SECONDS } };
    await this.#facts.remove(due, {}).catch(() => 0); // the next one does
  }
}

const TRIMMED_EACH = 64;
/** By so much the clocks of hosts may differ. */
const MARGIN_SECONDS = 600;
