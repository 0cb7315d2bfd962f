// What an entry weighs in MongoDB: the BSON of its documents, without indexes and before compression. `npm run build && node bench/mongo-weight.mjs`
import { randomBytes } from 'node:crypto';
import { mongoStore } from 'simplejwt/storage/mongo';
import { countedDatabase } from './suites/mongo-documents.mjs';

const hex = () => randomBytes(16).toString('hex'); // what this library mints
const now = Math.floor(Date.now() / 1000);
const [iat, exp, retainUntil] = [now, now + 86_400, now + 86_460];
const newToken = () => ({ jti: hex(), iat, exp, retainUntil });
const refOf = ({ jti }, user, family, onRecord = true) => ({ jti, user, family, iat, onRecord, retainUntil });

const counted = countedDatabase();
const store = mongoStore(counted.database);
let before = { bytes: 0, commands: 0 };
console.log('ids of 32 characters; bytes of BSON, and commands');

const [user, family] = [hex(), hex()];
let token = newToken();
await store.record({ user, family, token, access: undefined, endsAt: undefined, epoch: 0, metadata: undefined, now }, {});
said('a login');
await rotate();
said('its first rotation');
await rotate();
said('each rotation more');
await store.status({ token: refOf(token, user, family), now }, {});
said('a check');
await store.blacklist({ token: refOf(newToken(), user, undefined, false), now, graceSeconds: 0 }, {});
said('a blacklisted access token');

async function rotate() {
  const successor = newToken();
  const terms = { now, retainUntil, graceSeconds: 10, mustBeRecorded: undefined, endFamilyOnReuse: true, metadata: undefined };
  const attempt = { family, successor, attempt: successor.jti, spends: true, access: undefined };
  const { outcome } = await store.rotate({ token: refOf(token, user, family), ...attempt, ...terms }, {});
  if (outcome !== 'rotated') throw new Error(outcome);
  token = successor;
}

function said(what) {
  const after = { bytes: counted.bytes, commands: counted.counts.commands };
  console.log(`${what}: ${after.bytes - before.bytes} bytes, ${after.commands - before.commands} commands`);
  before = after;
}
