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
 * issued after a revocation but within its second, `w` what is written only so that WAIT has something to wait for.
 */
export const BASE = `
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
export const FACTS = `
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
