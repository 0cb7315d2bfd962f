import { RETENTION_MARGIN_SECONDS } from '../../domain/token/retention.ts';
import { script } from './redis-script.ts';

/**
 * What Redis decides by itself, each in one atomic step over one key: the hash of an owner, which holds all that is known of one user. One key has
 * one slot on Cluster, moves to another node as a whole, and needs no second key to be named in advance: a token that names no family says in
 * its record which field its family is. The rules are those of `domain/family/token-family.ts`; a test runs every combination of facts
 * through both.
 *
 * Fields of an owner: `u` the owner itself, `t<jti>` a token, `f<family>` a family, `m<family>` its metadata, `i<jti>` an access token
 * issued after a revocation but within its second, `w` what is written only so that WAIT has something to wait for.
 */

/** Who asks: the caller's clock, by which records expire; a clock to use instead of Redis' TIME, for tests; whether WAIT follows. */
const CALL = ['ask', 'clock', 'wait'] as const;
/** The token asked about. */
const TOKEN = ['jti', 'till', 'iat', 'exp', 'family', 'recorded'] as const;

const BASE = `
local key, asked, writes, stretch, changed = KEYS[1], tonumber(ask), {}, false, false
-- windows are measured by the one clock that all hosts share
local now = tonumber(clock ~= '' and clock or redis.call('TIME')[1])
local uEpoch, uRevokedAt, uSeen, uPurged, uKept, uSweep, uCursor, uCount, uCall = '0', '0', '0', '0', 0, 0, '0', 0, ''

local function put(field, ...)
  writes[#writes + 1] = field
  writes[#writes + 1] = table.concat({...}, ',')
end
local function later(a, b) if tonumber(a) >= tonumber(b) then return a end return b end
local function expired(till) return tonumber(till) <= asked end

local function readOwner(text)
  if not text then uSweep = now + 3600 return end
  uEpoch, uRevokedAt, uKept, uSweep, uSeen, uPurged, uCursor, uCount, uCall =
    string.match(text, '^([^,]*),([^,]*),([^,]*),([^,]*),([^,]*),([^,]*),([^,]*),([^,]*),(.*)$')
  uKept, uSweep, uCount = tonumber(uKept), tonumber(uSweep), tonumber(uCount)
end
local function readToken(text)
  if not text then return nil end
  local state, family, iat, till, exp, rest = string.match(text, '^(%a),([^,]*),([^,]*),([^,]*),([^,]*)(.*)$')
  if expired(till) then return nil end
  local at, successor, attempt = string.match(rest, '^,([^,]*),([^,]*),(.*)$')
  if attempt == '=' then attempt = successor end
  return { state = state, till = till, exp = exp, iat = iat, family = family, at = at or '', successor = successor or '', attempt = attempt or '' }
end
local function readFamily(text)
  if not text then return nil end
  local state, epoch, introduced, till, liveTill, used, exp, live, created, ends, order, call =
    string.match(text, '^(%a),([^,]*),([^,]*),([^,]*),([^,]*),([^,]*),([^,]*),([^,]*),([^,]*),([^,]*),([^,]*),(.*)$')
  if expired(till) then return nil end
  return { state = state, till = till, epoch = epoch, created = created, used = used, ends = ends, live = tonumber(live),
    liveTill = liveTill, exp = exp, introduced = introduced, order = order, call = call }
end
local function putToken(jti, t)
  if t.state == 'L' then return put('t' .. jti, 'L', t.family, t.iat, t.till, t.exp) end
  local attempt = t.attempt
  if attempt ~= '' and attempt == t.successor then attempt = '=' end
  put('t' .. jti, t.state, t.family, t.iat, t.till, t.exp, t.at, t.successor, attempt)
end
local function putFamily(id, f)
  put('f' .. id, f.state, f.epoch, f.introduced, f.till, f.liveTill, f.used, f.exp, f.live, f.created, f.ends, f.order, f.call)
end
local function newToken(state, till, exp, iat, family, attempt)
  return { state = state, till = till, exp = exp, iat = iat, family = family, at = '', successor = '', attempt = attempt or '' }
end
local function newFamily(epoch)
  uCount, changed = uCount + 1, true
  return { state = 'L', till = '0', epoch = epoch, created = ask, used = ask, ends = '', live = 0, liveTill = '0', exp = '0',
    introduced = '0', order = uCount, call = '' }
end
local function addToken(f, till, exp)
  f.live, f.exp, f.till, f.liveTill = f.live + 1, exp, later(f.till, till), later(f.liveTill, till)
end

-- The key lives as long as the longest-lived record in it, and an hour more, so that a clock that jumps loses nothing; stretched
-- an hour at a time, so that it is seldom done.
local function keep(till)
  local need = now + tonumber(till) - asked
  if need <= uKept then return end
  uKept, stretch, changed = math.min(need + 3600, 1e12), true, true
end

-- Collects what expired an hour ago or more, some fields at a time, once in an hour.
local function sweep()
  if now < uSweep then return end
  local page, gone, dead = redis.call('HSCAN', key, uCursor, 'COUNT', 64), math.min(now, asked) - 3600, {}
  for i = 1, #page[2], 2 do
    local field, kind = page[2][i], string.sub(page[2][i], 1, 1)
    local till = kind == 'i' and string.match(page[2][i + 1], '^[^,]*,([^,]*)')
    if kind == 't' or kind == 'f' then till = string.match(page[2][i + 1], '^[^,]*,[^,]*,[^,]*,([^,]*)') end
    if till and tonumber(till) <= gone then
      dead[#dead + 1], uPurged = field, later(uPurged, till)
      if kind == 'f' then dead[#dead + 1] = 'm' .. string.sub(field, 2) end
    end
  end
  if #dead > 0 then redis.call('HDEL', key, unpack(dead)) end
  uCursor, changed = page[1], true
  if uCursor == '0' then uSweep = now + 3600 end
end

local function commit()
  sweep()
  if changed then put('u', uEpoch, uRevokedAt, uKept, uSweep, uSeen, uPurged, uCursor, uCount, uCall) end
  if #writes > 0 then redis.call('HSET', key, unpack(writes)) end
  if stretch then redis.call('PEXPIRE', key, string.format('%.0f', (uKept - now + 3600) * 1000)) end
end
-- An answer from what an earlier call wrote: WAIT waits for the connection's own last write, so there must be one.
local function answer(text)
  if #writes > 0 or changed then commit()
  elseif wait == '1' and redis.call('EXISTS', key) == 1 then redis.call('HSET', key, 'w', ask) end
  return text
end

-- An access token may outlive the refresh tokens of its family, and then still answers for it.
local function noteAccess(f, jti, till)
  if jti == '' then return end
  f.till = later(f.till, till)
  if uEpoch ~= '0' and asked <= tonumber(uRevokedAt) then put('i' .. jti, uEpoch, till) end
end
`;

/** The left side of the decision table: token, fam, state, standing, userRevoked; `known` is the family by name. */
const FACTS = `
local found = redis.call('HMGET', key, 't' .. jti, 'u', 'f' .. family)
readOwner(found[2])
local token, known, line = readToken(found[1]), family, found[3]
if token and token.family ~= '' then known = token.family end
if known ~= family then line = redis.call('HGET', key, 'f' .. known) end
local fam = readFamily(line)
local state, standing, userRevoked = 'U', 'U', false
if token then state = token.state
elseif recorded == '1' and tonumber(till) <= math.max(tonumber(uPurged), asked) then state = 'B' end -- may have been forgotten
if fam then
  standing = fam.state == 'X' and 'X' or fam.live > 0 and not expired(fam.liveTill) and 'L' or 'E'
  userRevoked = tonumber(fam.epoch) < tonumber(uEpoch)
elseif uEpoch ~= '0' and (iat == '' or tonumber(iat) <= tonumber(uRevokedAt)) then
  -- a token without a record has only its iat to tell it from a revocation; in doubt it is revoked
  local since = redis.call('HGET', key, 'i' .. jti)
  userRevoked = not (since and string.match(since, '^[^,]*') == uEpoch)
end
local function status(must)
  if state == 'B' or state == 'S' or userRevoked then return 'revoked' end
  if standing == 'X' then return 'family_revoked' end
  if must == '1' and state == 'U' then return 'unknown' end
  return 'active'
end
local function childOf() return readToken(redis.call('HGET', key, 't' .. token.successor)) end
`;

/** Answers recorded, or revoked and the epoch that the login is older than. */
export const RECORD = script(
  [...CALL, 'jti', 'till', 'iat', 'exp', 'family', 'epoch', 'ends', 'access', 'accessTill', 'introduced', 'metadata'],
  `${BASE}
local found = redis.call('HMGET', key, 't' .. jti, 'u', 'f' .. family)
readOwner(found[2])
if tonumber(epoch) < tonumber(uEpoch) then return answer('revoked,' .. uEpoch) end
local fam = readFamily(found[3])
if fam and fam.state == 'X' then return answer('revoked,0') end
if readToken(found[1]) then return answer('recorded') end -- sent twice
fam = newFamily(epoch)
fam.ends, fam.introduced = ends, introduced
addToken(fam, till, exp)
noteAccess(fam, access, accessTill)
putToken(jti, newToken('L', till, exp, iat, family))
putFamily(family, fam)
if metadata ~= '' then put('m' .. family, metadata) end
uSeen = later(uSeen, epoch)
keep(fam.till)
return answer('recorded')`,
);

/**
 * The common rotation, ahead of all that the others need: a live token of a live family, whose records say what the token says, spent for a successor,
 * in a fixed layout (`redis-common-rotation.ts`). In anything else it does nothing, and the whole script goes on. Numbers of ten digits compare
 * as text.
 */
const COMMON_ROTATION = `
local tokens, sub = ARGV[1], string.sub
local common = string.byte(tokens) == 61
if common then
  local id, name = sub(tokens, 68, 99), 't' .. sub(tokens, 2, 33)
  local found = redis.call('HMGET', KEYS[1], name, 'f' .. id, 'u')
  local t, f, u = found[1], found[2], found[3]
  if t and f and u and sub(t, 1, 57) == sub(tokens, 66, 122) then
    local epoch, introduced, till, live, rest = string.match(f, '^L,(%d+),(%d+),(%d+),(%d+),[^,]*,[^,]*(,.*)$')
    local newest, revoked, kept, sweep = string.match(u, '^(%d+),(%d+),(%d+),(%d+),')
    if rest and sweep and #till == 10 and #live == 10 and #introduced == 10 and #sweep == 10 then
      local keep, ask, now = sub(tokens, 155, 164), sub(tokens, 177, 186), redis.call('TIME')[1]
      if till > ask and till <= keep and live <= sub(tokens, 166, 175) and introduced >= keep and now < sweep
        and now + keep - ask <= kept + 0
        and (newest == '0' or #epoch == #newest and epoch >= newest and #revoked == 10 and revoked < ask) then
        local successor = sub(tokens, 34, 65)
        redis.call('HSET', KEYS[1], name, 'S' .. sub(t, 2) .. ',' .. now .. ',' .. successor .. ',=',
          't' .. successor, 'L,' .. id .. ',' .. sub(tokens, 123, 154),
          'f' .. id, 'L,' .. epoch .. ',' .. introduced .. ',' .. sub(tokens, 155) .. rest)
        return 'R'
      end
    end
  end
end
local ask, jti, family, iat, till, next, nextIat, nextTill, nextExp
if common then
  ask, jti, family, iat, till = sub(tokens, 177, 186), sub(tokens, 2, 33), sub(tokens, 68, 99), sub(tokens, 101, 110), sub(tokens, 112, 121)
  next, nextIat, nextTill, nextExp = sub(tokens, 34, 65), sub(tokens, 123, 132), sub(tokens, 134, 143), sub(tokens, 145, 154)
else
  ask, jti, family, iat, till, next, nextIat, nextTill, nextExp =
    string.match(tokens, '^([^,]*),([^,]*),([^,]*),([^,]*),([^,]*),([^,]*),([^,]*),([^,]*),(.*)$')
end
local exp = tonumber(till) - ${RETENTION_MARGIN_SECONDS}
`;

/**
 * Answers the outcome and what belongs to it. `introduce`: nothing was done, since the family must be made known under its own name first, for
 * so long; the call is then sent again with `introduced`.
 */
export const ROTATE = script(
  [
    'clock',
    'wait',
    'recorded',
    'fallback',
    'attempt',
    'spends',
    'access',
    'accessTill',
    'retain',
    'grace',
    'must',
    'ends',
    'introduced',
    'metadata',
  ],
  `${BASE}${FACTS}
local id = known ~= '' and known or fallback
if attempt == '=' then attempt = next end

local function unintroduced()
  local need = fam and '0' or till
  if next ~= '' then need = later(need, nextTill) end
  if access ~= '' then need = later(need, accessTill) end
  if tonumber(need) <= tonumber(fam and fam.introduced or '0') then return nil end
  if tonumber(introduced) < tonumber(need) then return 'introduce,' .. id .. ',' .. need end
  return nil
end
local function use()
  if not fam then
    fam = newFamily(uEpoch)
    if state == 'L' then addToken(fam, token.till, token.exp) end
  end
  fam.introduced = later(fam.introduced, introduced)
  noteAccess(fam, access, accessTill)
end
local function finish()
  putFamily(id, fam)
  keep(fam.till)
end
-- whether this attempt ended the family, now or when it was sent before
local function endFamily()
  if ends ~= '1' or known == '' then return false end
  if standing == 'X' then return fam.call == attempt end
  if not fam then fam = newFamily(uEpoch) end
  fam.state, fam.till, fam.call = 'X', later(fam.till, retain), attempt
  finish()
  return true
end
local function revoked()
  if endFamily() then return answer('revoked,' .. known) end
  return answer('revoked')
end

if state == 'S' then
  local child = childOf()
  local childState = child and child.state or 'S'
  local reported = standing == 'X' and fam.call == attempt and ends == '1'
  if userRevoked or childState == 'B' or standing == 'X' and not reported then return revoked() end
  local again = token.attempt == attempt
  if not reported and (again or childState == 'L' and math.abs(now - tonumber(token.at)) < tonumber(grace)) then
    if access ~= '' then
      local first = unintroduced()
      if first then return answer(first) end
      use()
      finish()
    end
    local outcome = (again and 'rotated,' or 'replayed,') .. id
    if child then outcome = table.concat({ outcome, token.successor, child.iat, child.exp, child.till }, ',') end
    return answer(outcome)
  end
  return answer(table.concat({ 'reused', id, childState == 'L' and 'late_retry' or 'ancestor', endFamily() and '1' or '0' }, ','))
end

local verdict = status(must)
if verdict == 'revoked' then return revoked() end
if verdict ~= 'active' then return answer(verdict .. ',' .. (fam and '1' or '0')) end
local first = unintroduced()
if first then return answer(first) end
if spends ~= '1' and next ~= '' and redis.call('HEXISTS', key, 't' .. next) == 1 then return answer('done,' .. id) end -- sent twice
use()
if not token then
  token = newToken('L', till, exp, iat ~= '' and iat or ask, id)
  addToken(fam, till, exp)
  if next == '' or spends ~= '1' then putToken(jti, token) end
end
fam.used = ask
if metadata ~= '' then put('m' .. id, metadata) end
if next ~= '' then
  putToken(next, newToken('L', nextTill, nextExp, nextIat, id))
  addToken(fam, nextTill, nextExp)
  if spends == '1' then
    token.state, token.at, token.successor, token.attempt = 'S', now, next, attempt
    putToken(jti, token)
    fam.live = fam.live - 1
  end
end
finish()
return answer('done,' .. id)`,
  COMMON_ROTATION,
);

/** `introduce` as above: a family not on record may have been ended under its own name. */
export const BLACKLIST = script(
  [...CALL, ...TOKEN, 'grace', 'call', 'introduced'],
  `${BASE}${FACTS}
-- how long the family has a token that can be used, now that this one cannot
local function retire(t, id)
  t.state, t.attempt, t.at, t.successor = 'B', call, '', ''
  putToken(id, t)
  local f = readFamily(t.family ~= '' and redis.call('HGET', key, 'f' .. t.family))
  if not f then return end
  f.live = f.live - 1
  if f.live > 0 then
    local all = redis.call('HGETALL', key)
    f.live, f.liveTill = 0, '0'
    for i = 1, #all, 2 do
      local other = string.sub(all[i], 1, 1) == 't' and all[i] ~= 't' .. id and readToken(all[i + 1])
      if other and other.family == t.family and other.state == 'L' then
        f.live, f.liveTill = f.live + 1, later(f.liveTill, other.till)
      end
    end
  else
    f.liveTill = '0'
  end
  putFamily(t.family, f)
end

if state == 'S' and not userRevoked and standing ~= 'X' then
  local child = childOf()
  if child and child.state == 'B' and child.attempt == call then return answer('blacklisted') end -- sent twice
  if not child or child.state ~= 'L' or math.abs(now - tonumber(token.at)) >= tonumber(grace) then return answer('revoked') end
  retire(child, token.successor)
  return answer('blacklisted')
end
if token and token.state == 'B' and token.attempt == call then return answer('blacklisted') end -- sent twice
local verdict = status('0')
if verdict ~= 'active' then return answer(verdict) end
if not fam and known ~= '' and introduced == '' then return answer('introduce,' .. known .. ',' .. till) end
if token then
  retire(token, jti)
else
  putToken(jti, newToken('B', till, exp, iat, family, call))
  if fam then
    fam.till = later(fam.till, till)
    putFamily(known, fam)
  end
end
keep(till)
return answer('blacklisted')`,
);

/** `unmet`: the family is not on record here, and nothing was done. With `create` it is remembered as ended. */
export const REVOKE_FAMILY = script(
  [...CALL, 'family', 'retain', 'call', 'create'],
  `${BASE}
local found = redis.call('HMGET', key, 'u', 'f' .. family)
readOwner(found[1])
local fam = readFamily(found[2])
if fam and fam.state == 'X' then return answer(fam.call == call and 'revoked' or 'already') end
if not fam then
  if create ~= '1' then return answer('unmet') end
  fam = newFamily(uEpoch)
end
fam.state, fam.till, fam.call = 'X', later(fam.till, retain), call
putFamily(family, fam)
keep(fam.till)
return answer('revoked')`,
);

/** `stale`: the epoch is not above all that were met here, and nothing was done. With `kept` a token's session stays. */
export const REVOKE_USER = script(
  [...CALL, ...TOKEN, 'kept', 'fallback', 'must', 'epoch', 'retain', 'call', 'introduced'],
  `${BASE}${FACTS}
if uCall == call then return answer('revoked') end -- sent twice
local id = known ~= '' and known or fallback
if kept == '1' then
  local verdict = status(must)
  if verdict ~= 'active' then return answer('refused,' .. verdict .. ',' .. (fam and '1' or '0')) end
  local need = (not fam or not token) and till or '0'
  if tonumber(need) > tonumber(fam and fam.introduced or '0') and tonumber(introduced) < tonumber(need) then
    return answer('introduce,' .. id .. ',' .. need)
  end
end
local highest = later(uEpoch, uSeen)
if tonumber(epoch) <= tonumber(highest) then return answer('stale,' .. highest) end
uEpoch, uSeen, uCall, changed = epoch, epoch, call, true
uRevokedAt = later(ask, now)
if kept == '1' then
  fam = fam or newFamily(epoch)
  fam.epoch, fam.introduced = epoch, later(fam.introduced, introduced)
  if not token then
    putToken(jti, newToken('L', till, exp, iat ~= '' and iat or ask, id))
    addToken(fam, till, exp)
  end
  putFamily(id, fam)
  keep(fam.till)
end
keep(retain)
return answer('revoked')`,
);

/** The three fields a check needs, of a token that may not name its family: its record does. */
export const LOOK_UP = script(
  ['jti', 'family'],
  `
local found = redis.call('HMGET', KEYS[1], 't' .. jti, 'f' .. family, 'u')
local known = found[1] and string.match(found[1], '^[^,]*,([^,]*)')
if known and known ~= '' and known ~= family then found[2] = redis.call('HGET', KEYS[1], 'f' .. known) end
return found`,
);

/**
 * Raises the epoch above what it was and above `least`. It counts in microseconds of Redis' clock, so that after a loss of this key no epoch
 * comes twice: a login that read one before the loss is older than every revocation after it.
 */
export const RAISE_EPOCH = script(
  ['least'],
  `
local time = redis.call('TIME')
local epoch = math.max(tonumber(redis.call('GET', KEYS[1]) or '0') + 1, tonumber(least) + 1, time[1] * 1000000 + time[2])
local text = string.format('%.0f', epoch)
redis.call('SET', KEYS[1], text)
return text`,
);

/**
 * What is known of a family under its own name: whose it is (`o<owner>`), or that it was ended before anybody's (`x<call>`). Who comes first is
 * heard; answers what stood there before, or the empty string.
 */
export const NAME_FAMILY = script(
  ['milliseconds', 'value'],
  `
local present = redis.call('GET', KEYS[1])
if not present then
  redis.call('SET', KEYS[1], value, 'PX', milliseconds)
  return ''
end
redis.call('PEXPIRE', KEYS[1], string.format('%.0f', math.max(redis.call('PTTL', KEYS[1]), tonumber(milliseconds))))
return present`,
);
