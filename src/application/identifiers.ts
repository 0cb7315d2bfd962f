import { ConfigError } from '../domain/errors.ts';

/**
 * Makes the identifiers of one service: 128 random bits each, as 32 lower hex characters (the form of Simple JWT's ids). A call of the
 * operating system's generator costs far more than the bits it answers, so they are drawn from `randomBytes` for many identifiers at a
 * time. Each bit is handed out once and forgotten as it is.
 *
 * The pool is a variable of this closure: a worker or a child process has its own and repeats nothing. A heap snapshot
 * (`node --build-snapshot`) would take along what is left of it, and every process started from that would begin with the same
 * identifiers. Nothing is drawn before the first is asked for, so issue no token while a snapshot is built.
 */
export function createIdentifiers(randomBytes: (length: number) => Uint8Array): () => string {
  const pool = new Uint32Array(POOL_OCTETS / 4); // in whatever order of octets: random they are in any
  const octets = new Uint8Array(pool.buffer);
  let next = pool.length;

  function refill(): void {
    const drawn = randomBytes(octets.length);
    if (drawn.length !== octets.length) {
      throw new ConfigError('invalid_option', 'crypto', 'crypto.randomBytes must answer as many octets as it is asked for');
    }
    octets.set(drawn); // a copy: a provider may answer the same array each time, to several services
    next = 0;
  }

  return function identifier() {
    if (next === pool.length) refill();
    let text = '';
    for (const end = next + WORDS_OF_128_BITS; next < end; next++) {
      text += hexOf(pool[next] ?? 0);
      pool[next] = 0;
    }
    return text;
  };
}

/** Eight digits in one call: joined from single ones, a string stays a tree that whoever reads it first has to flatten. */
function hexOf(word: number): string {
  return String.fromCharCode(
    digit(word >>> 28),
    digit(word >>> 24),
    digit(word >>> 20),
    digit(word >>> 16),
    digit(word >>> 12),
    digit(word >>> 8),
    digit(word >>> 4),
    digit(word),
  );
}

function digit(bits: number): number {
  return DIGITS[bits & 0xf] ?? 0; // a table: a branch between digits and letters would be guessed wrong every third time
}

const DIGITS = Uint8Array.from('0123456789abcdef', (character) => character.charCodeAt(0));
const WORDS_OF_128_BITS = 4;
const POOL_OCTETS = 4096;
