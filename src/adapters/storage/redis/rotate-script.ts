import { RETENTION_MARGIN_SECONDS } from '../../../domain/token/retention.ts';
import { BASE, FACTS } from './lua.ts';
import { scriptOfMany } from './script.ts';

/**
 * The common rotation, ahead of all that the others need: a live token of a live family, whose records say what the token says, spent for a successor,
 * in a fixed layout (`redis-common-rotation.ts`). In anything else it does nothing, and the whole script goes on. Numbers of ten digits compare
 * as text.
 */
const COMMON_ROTATION = `
local tokens, sub = ARGV[2 * position - 1], string.sub
local common = string.byte(tokens) == 61
if common then
  local id, name = sub(tokens, 68, 99), 't' .. sub(tokens, 2, 33)
  local found = redis.call('HMGET', KEYS[position], name, 'f' .. id, 'u')
  local t, f, u = found[1], found[2], found[3]
  if t and f and u and sub(t, 1, 57) == sub(tokens, 66, 122) then
    local epoch, introduced, till, live, rest = string.match(f, '^L,(%d+),(%d+),(%d+),(%d+),[^,]*,[^,]*(,.*)$')
    local newest, revoked, kept, sweep = string.match(u, '^(%d+),(%d+),(%d+),(%d+),')
    if rest and sweep and #till == 10 and #live == 10 and #introduced == 10 and #sweep == 10 then
      time = time or redis.call('TIME')[1]
      local keep, ask, now = sub(tokens, 155, 164), sub(tokens, 177, 186), time
      if till > ask and till <= keep and live <= sub(tokens, 166, 175) and introduced >= keep and now < sweep
        and now + keep - ask <= kept + 0
        and (newest == '0' or #epoch == #newest and epoch >= newest and #revoked == 10 and revoked < ask) then
        local successor = sub(tokens, 34, 65)
        redis.call('HSET', KEYS[position], name, 'S' .. sub(t, 2) .. ',' .. now .. ',' .. successor .. ',=',
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
export const ROTATE = scriptOfMany(
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
  COMMON_ROTATION,
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
);
