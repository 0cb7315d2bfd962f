import { RETENTION_MARGIN_SECONDS } from '../../../domain/token/retention.ts';
import { COMMON_LAYOUT, COMMON_LENGTH } from './rotation-request.ts';
import { BASE, FACTS } from './lua.ts';
import { scriptOfMany } from './script.ts';

/**
 * The common rotation, ahead of all that the others need: a live token of a live family, whose records say what the token says, spent for a successor.
 * Anything else it leaves to the whole script; the record of a spent token is longer than that of a live one. What it does not do is what it saves: the request comes with all names and records written out, and
 * `struct.unpack` takes a fixed layout apart in one step (`rotation-request.ts`, `BASE`), so that some ten strings are made instead of sixty; each
 * costs as much as a tenth of a command. Half of the server's time for the row `rotate` of `npm run bench -- --filter stores`. Numbers of one
 * width compare as text.
 */
const COMMON_ROTATION = `
local call, unpackFixed, find, sub, time = redis.call, struct.unpack, string.find, string.sub, nil
local function rotateCommon(key, request)
  local name, field, nextName, expected, record, tail, till, ask, exp = unpackFixed('${COMMON_LAYOUT}', request)
  local found = call('HMGET', key, name, field, 'u')
  local t, f, u = found[1], found[2], found[3]
  if not (t and f and u) or #t ~= 67 or find(t, expected, 1, true) ~= 1 then return nil end
  local state, epoch, introduced, before = unpackFixed('c2c17c10xc10', f)
  local revocation, kept, sweep = unpackFixed('c30c13xc10', u)
  time = time or call('TIME')[1]
  if state ~= 'L,' or introduced < till or before > till or before <= ask or time >= sweep or time + till - ask > kept + 0 then return nil end
  if revocation ~= 'U,0000000000000000,0000000000,' then
    local fixed, newest, revoked = unpackFixed('c2c17c10', revocation)
    if fixed ~= 'U,' or epoch < newest or revoked >= ask then return nil end
  end
  call('HSET', key, name, t .. ',' .. time .. tail, nextName, record,
    field, 'L,' .. epoch .. introduced .. ',' .. till .. ',' .. till .. ',' .. ask .. exp .. sub(f, 75))
  return 'R'
end
`;

/** The tokens of a rotation, out of either form of a request, and the terms that follow them. */
const TOKENS = `
local ask, jti, family, iat, till, next, nextIat, nextTill, nextExp, terms
if common then
  local name, field, nextName, expected, record, tail
  name, field, nextName, expected, record, tail, nextTill, ask, nextExp = unpackFixed('${COMMON_LAYOUT}', request)
  jti, family, next = sub(name, 2), sub(field, 2), sub(nextName, 2)
  iat, till, nextIat, nextExp, terms = sub(expected, 36, 45), sub(expected, 47, 56), sub(record, 36, 45), sub(nextExp, 2, 11), sub(request, ${COMMON_LENGTH + 1})
else
  ask, jti, family, iat, till, next, nextIat, nextTill, nextExp, terms = string.match(request, '^${'([^,]*),'.repeat(9)}(.*)$')
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
  { ahead: COMMON_ROTATION, of: 'rotateCommon', before: TOKENS },
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
