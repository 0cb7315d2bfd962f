import { SPAN_OF, SPAN_SECONDS } from './span.ts';

/** Who asks: the caller's clock, by which records expire; a clock to use instead of Redis' TIME, for tests; whether WAIT follows. */
export const CALL = ['ask', 'clock', 'wait'] as const;
/** The token asked about. */
export const TOKEN = ['jti', 'till', 'iat', 'exp', 'family', 'recorded'] as const;

/**
 * What Redis decides by itself, each in one atomic step over one key: the hash of an owner, which holds all that is known of one user. One key has
 * one slot on Cluster, moves to another node as a whole, and needs no second key to be named in advance: a token that names no family says in
 * its record which field its family is. The rules are those of `domain/family/token-family.ts`; a test runs every combination of facts
 * through both.
 *
 * Fields of an owner: `u` the owner itself, `t<jti>` a token, `f<family>` a family, `m<family>` its metadata, `i<jti>` an access token
 * issued after a revocation but within its second, `w` what is written only so that WAIT has something to wait for. Nearly every family has one
 * live token: its record is the first part of the family's, ahead of what a rotation leaves as it was, and a field of its own is for those of whom
 * that cannot be said. A family that begins with a `t` may be rotated the short way (`rotate-script.ts`), one with a `w` not.
 */
export const BASE = `${SPAN_OF}
local key, asked, writes, stretch, changed = KEYS[position], tonumber(ask), {}, false, false
-- windows are measured by the one clock that all hosts share
local now = tonumber(clock ~= '' and clock or redis.call('TIME')[1])
local uEpoch, uRevokedAt, uSeen, uPurged, uKept, uSweep, uCursor, uCount, uCall = '0', '0', '0', '0', 0, 0, '0', 0, ''

local function put(field, ...)
  writes[#writes + 1] = field
  writes[#writes + 1] = table.concat({...}, ',')
end
local function later(a, b) if tonumber(a) >= tonumber(b) then return a end return b end
local function expired(till) return tonumber(till) <= asked end
local function isTime(text) return #text == 10 and tonumber(text) >= 1e9 end

local function readOwner(text)
  if not text then uSweep = now + 3600 return end
  uEpoch, uRevokedAt, uKept, uSweep, uSeen, uPurged, uCursor, uCount, uCall =
    string.match(text, '^${'([^,]*),'.repeat(8)}(.*)$')
  uKept, uSweep, uCount = tonumber(uKept), tonumber(uSweep), tonumber(uCount)
end
local function newToken(state, till, exp, iat, family, attempt)
  return { state = state, till = till, exp = exp, iat = iat, family = family, at = '', successor = '', attempt = attempt or '' }
end
local function readToken(text)
  if not text then return nil end
  local state, iat, exp, till, family, rest = string.match(text, '^(%a),([^,]*),([^,]*),([^,]*),([^,]*)(.*)$')
  if expired(till) then return nil end
  local token = newToken(state, till, exp, iat, family)
  if rest ~= '' then
    token.successor, token.attempt, token.at = string.match(rest, '^,([^,]*),([^,]*),(.*)$')
    if token.attempt == '=' then token.attempt = token.successor end
  end
  return token
end
local function putToken(jti, t)
  if t.state == 'L' then return put('t' .. jti, 'L', t.iat, t.exp, t.till, t.family) end
  local attempt = t.attempt
  if attempt ~= '' and attempt == t.successor then attempt = '=' end
  put('t' .. jti, t.state, t.iat, t.exp, t.till, t.family, t.successor, attempt, t.at)
end

-- One that has expired too
local function familyOf(text, id)
  local first, iat, exp, oneTill, used, life, span, state, till, liveTill, ownExp, live, epoch, introduced, created, ends, order, call =
    string.match(text, '^${'([^,]*),'.repeat(17)}(.*)$')
  local f = { state = state, till = till, epoch = epoch, created = created, used = used, ends = ends, live = tonumber(live),
    liveTill = liveTill, exp = ownExp, introduced = introduced, order = order, call = call }
  if first == '' then return f end
  f.one = newToken('L', oneTill, exp, iat, id)
  f.one.jti, f.live, f.liveTill, f.exp = string.sub(first, 2), 1, oneTill, exp
  return f
end
local function readFamily(text, id)
  local f = text and familyOf(text, id)
  if not f or expired(f.till) then return nil end
  if f.one and expired(f.one.till) then f.one, f.live, f.liveTill = nil, 0, '0' end
  return f
end
-- The live token of a family, if it is this one
local function liveOf(f, jti)
  local one = f and f.one
  return one and one.jti == jti and one or nil
end
local function newFamily(epoch)
  uCount, changed = uCount + 1, true
  return { state = 'L', till = '0', epoch = epoch, created = ask, used = ask, ends = '', live = 0, liveTill = '0', exp = '0',
    introduced = '0', order = uCount, call = '' }
end
-- Apart, it has a record of its own in any case: it may come without the name of its family.
local function addToken(f, jti, t, apart)
  t.jti = jti
  if f.live == 0 then
    f.one, f.liveTill = t, '0'
  elseif f.one then
    putToken(f.one.jti, f.one)
    f.one = nil
  end
  if apart or not f.one then putToken(jti, t) end
  f.live, f.exp, f.till, f.liveTill = f.live + 1, t.exp, later(f.till, t.till), later(f.liveTill, t.till)
end
local function removeToken(f, jti)
  f.live = f.live - 1
  if f.one and f.one.jti == jti then f.one = nil end
end

-- The key lives as long as the longest-lived record in it, and an hour more, so that a clock that jumps loses nothing; stretched
-- an hour at a time, so that it is seldom done.
local function keep(till)
  local need = math.max(now - asked, 0) + tonumber(till)
  if need <= uKept then return end
  uKept, stretch, changed = math.min(need + 3600, 1e12), true, true
end

-- Whether the short way is open to a family for the span that ends then, and how long a token of it may live then. What the short way does not
-- look at must hold for any rotation of the span: name and key are kept for so long, no revocation is of it, and nothing is left to be collected.
local function shortWayOf(f, one, life, ends)
  local upTo, begins = ends + life, ends - ${SPAN_SECONDS}
  local current = uEpoch == '0' or tonumber(f.epoch) >= tonumber(uEpoch) and begins > tonumber(uRevokedAt)
  local fixed = #one.jti == 32 and isTime(one.iat) and isTime(one.exp) and isTime(one.till) and isTime(f.used)
  return f.state == 'L' and current and fixed and now < uSweep and tonumber(f.introduced) >= upTo and tonumber(f.till) <= upTo, upTo
end
local function putFamily(id, f)
  local one, field, first, life = f.one, 'f' .. id, '', ''
  local span, ends = spanOf(now, field)
  if one then
    life = one.till - f.used
    local open, upTo = shortWayOf(f, one, life, ends)
    if open then f.till = string.format('%.0f', upTo) end
    first, life = (open and 't' or 'w') .. one.jti, string.format('%010.0f', life)
  end
  keep(f.till)
  put(field, first, one and one.iat or '', one and one.exp or '', one and one.till or '', f.used, life, span, f.state, f.till,
    one and '' or f.liveTill, one and '' or f.exp, one and '' or f.live, f.epoch, f.introduced, f.created, f.ends, f.order, f.call)
end

-- Collects what expired an hour ago or more, some fields at a time, once in an hour.
local function sweep()
  if now < uSweep then return end
  local page, gone, dead = redis.call('HSCAN', key, uCursor, 'COUNT', 64), math.min(now, asked) - 3600, {}
  for i = 1, #page[2], 2 do
    local field, kind, text = page[2][i], string.sub(page[2][i], 1, 1), page[2][i + 1]
    local till = kind == 'i' and string.match(text, '^[^,]*,([^,]*)')
    if kind == 't' then till = string.match(text, '^[^,]*,[^,]*,[^,]*,([^,]*)') end
    if kind == 'f' then till = familyOf(text).till end
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
  if changed then
    put('u', uEpoch, uRevokedAt, string.format('%.0f', math.floor(uKept)), string.format('%.0f', uSweep), uSeen, uPurged, uCursor, uCount, uCall)
  end
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

/**
 * `eachFamily` shows fields and texts of all families of an owner, until it is answered something: it walks over all that is known of the user.
 *
 * `familyHolding` is the family whose one live token this is, or the empty string. For a token that names none and has no record of its own: it was
 * issued while tokens named their families.
 */
export const HOLDING = `
local function eachFamily(key, visit)
  local cursor = '0'
  repeat
    local page = redis.call('HSCAN', key, cursor, 'MATCH', 'f*', 'COUNT', 512)
    for i = 1, #page[2], 2 do
      local answer = visit(page[2][i], page[2][i + 1])
      if answer then return answer end
    end
    cursor = page[1]
  until cursor == '0'
end
local function familyHolding(key, jti)
  local function holds(field, text) return string.match(text, '^%a?([^,]*)') == jti and string.sub(field, 2) end
  return eachFamily(key, holds) or ''
end
`;

/** The left side of the decision table: token, fam, state, standing, userRevoked; `known` is the family by name. */
export const FACTS = `${HOLDING}
local found = redis.call('HMGET', key, 't' .. jti, 'u', 'f' .. family)
readOwner(found[2])
local token, known, line = readToken(found[1]), family, found[3]
if token and token.family ~= '' then known = token.family
elseif not token and family == '' and recorded == '1' then known = familyHolding(key, jti) end
if known ~= family then line = redis.call('HGET', key, 'f' .. known) end
local fam = readFamily(line, known)
token = token or liveOf(fam, jti)
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
local function childOf() return readToken(redis.call('HGET', key, 't' .. token.successor)) or liveOf(fam, token.successor) end
`;
