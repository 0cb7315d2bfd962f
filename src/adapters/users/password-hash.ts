import { createHash, randomBytes, scrypt, timingSafeEqual } from 'node:crypto';

/** A salted scrypt hash (RFC 7914) as `scrypt$N$r$p$salt$key`. Takes about 30 ms and 16 MiB, off the main thread. */
export async function hashPassword(password: string, salt: Buffer = randomBytes(SALT_BYTES)): Promise<string> {
  const key = await derive(password, salt);
  return [PREFIX, salt.toString('base64url'), key.toString('base64url')].join('$');
}

/** The salt of a user: the same in every process, where one by chance is another at each start. */
export function saltOf(id: string | number): Buffer {
  return createHash('sha256').update(`simplejwt user ${id}`).digest().subarray(0, SALT_BYTES);
}

/** Whether this hash was made of this password. Takes as long as making it, whatever the answer. */
export async function passwordMatches(password: string, hash: string): Promise<boolean> {
  const [salt = '', key = ''] = hash.slice(PREFIX.length + 1).split('$');
  const expected = Buffer.from(key, 'base64url');
  const derived = await derive(password, Buffer.from(salt, 'base64url'));
  return expected.length === derived.length && timingSafeEqual(expected, derived);
}

function derive(password: string, salt: Buffer): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    // ended by an octet of its own: HMAC pads its key with zeros (RFC 2104), so `p` and `p\0` would be one password
    scrypt(`${password}\u0001`, salt, KEY_BYTES, COST, (error, key) => (error === null ? resolve(key) : reject(error)));
  });
}

const COST = { N: 16_384, r: 8, p: 1 };
const PREFIX = `scrypt$${COST.N}$${COST.r}$${COST.p}`;
const SALT_BYTES = 16;
const KEY_BYTES = 32;
