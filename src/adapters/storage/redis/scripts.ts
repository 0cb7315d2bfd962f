import { BASE, CALL, FACTS, HOLDING, TOKEN } from './lua.ts';
import { script } from './script.ts';

/** Answers recorded, or revoked and the epoch that the login is older than. */
export const RECORD = script(
  [...CALL, 'jti', 'till', 'iat', 'exp', 'family', 'epoch', 'ends', 'access', 'accessTill', 'introduced', 'metadata'],
  `${BASE}
local found = redis.call('HMGET', key, 't' .. jti, 'u', 'f' .. family)
readOwner(found[2])
if tonumber(epoch) < tonumber(uEpoch) then return answer('revoked,' .. uEpoch) end
local fam = readFamily(found[3], family)
if fam and fam.state == 'X' then return answer('revoked,0') end
if readToken(found[1]) then return answer('recorded') end -- sent twice
fam = newFamily(epoch)
fam.ends, fam.introduced = ends, introduced
addToken(fam, jti, newToken('L', till, exp, iat, family), true)
noteAccess(fam, access, accessTill)
putFamily(family, fam)
if metadata ~= '' then put('m' .. family, metadata) end
uSeen = later(uSeen, epoch)
return answer('recorded')`,
);

/** `introduce` as above: a family not on record may have been ended under its own name. */
export const BLACKLIST = script(
  [...CALL, ...TOKEN, 'grace', 'call', 'introduced'],
  `${BASE}${FACTS}
-- how long the family has a token that can be used, now that this one cannot
local function retire(t, id)
  t.state, t.attempt, t.at, t.successor = 'B', call, '', ''
  putToken(id, t)
  local f = readFamily(t.family ~= '' and redis.call('HGET', key, 'f' .. t.family), t.family)
  if not f then return end
  removeToken(f, id)
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
local fam = readFamily(found[2], family)
if fam and fam.state == 'X' then return answer(fam.call == call and 'revoked' or 'already') end
if not fam then
  if create ~= '1' then return answer('unmet') end
  fam = newFamily(uEpoch)
end
fam.state, fam.till, fam.call = 'X', later(fam.till, retain), call
putFamily(family, fam)
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
-- no family of an older epoch may go the short way, which does not look at the user's
eachFamily(key, function(field, text)
  if string.sub(text, 1, 1) == 't' then redis.call('HSET', key, field, 'w' .. string.sub(text, 2)) end
end)
if kept == '1' then
  fam = fam or newFamily(epoch)
  fam.epoch, fam.introduced = epoch, later(fam.introduced, introduced)
  if not token then addToken(fam, jti, newToken('L', till, exp, iat ~= '' and iat or ask, id), family ~= id) end
  putFamily(id, fam)
end
keep(retain)
return answer('revoked')`,
);

/** The three fields of each of several checks, a line each in one text: what HMGET answers for one, with nothing for what is not there. */
export const CHECK = `
local lines = {}
for i = 1, #KEYS do
  local found = redis.call('HMGET', KEYS[i], ARGV[2 * i - 1], ARGV[2 * i], 'u')
  lines[3 * i - 2], lines[3 * i - 1], lines[3 * i] = found[1] or '', found[2] or '', found[3] or ''
end
return table.concat(lines, '\\n')`;

/** The three fields a check needs, of a token that may not name its family: its record does. */
export const LOOK_UP = script(
  ['jti'],
  `${HOLDING}
local found = redis.call('HMGET', KEYS[1], 't' .. jti, 'f', 'u')
local known = found[1] and string.match(found[1], '^[^,]*,[^,]*,[^,]*,[^,]*,([^,]*)') or familyHolding(KEYS[1], jti)
if known ~= '' then found[2] = redis.call('HGET', KEYS[1], 'f' .. known) end
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
