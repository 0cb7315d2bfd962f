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
  const codes = Array.from({ length: DIGITS_OF_128_BITS }, () => 0);
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
    for (let digit = 0; digit < codes.length; next++) {
      const word = pool[next] ?? 0;
      pool[next] = 0;
      for (let shift = 28; shift >= 0; shift -= 4, digit++) codes[digit] = DIGITS[(word >>> shift) & 0xf] ?? 0;
    }
    // in one piece: joined of several, a string stays a tree, which JSON.stringify and Map take twice as long to read
    return String.fromCharCode(...codes);
  };
}

const DIGITS = Uint8Array.from('0123456789abcdef', (character) => character.charCodeAt(0));
const DIGITS_OF_128_BITS = 32;
const POOL_OCTETS = 4096;
