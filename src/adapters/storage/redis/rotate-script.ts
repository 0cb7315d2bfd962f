import { RETENTION_MARGIN_SECONDS } from '../../../domain/token/retention.ts';
import { COMMON_LAYOUT, COMMON_LENGTH } from './rotation-request.ts';
import { BASE, FACTS } from './lua.ts';
import { scriptOfMany } from './script.ts';

/**
 * The common rotation, ahead of all that the others need: the one live token of a live family is spent for a successor. Anything else it leaves to the
 * whole script. What it does not do is what it saves: it reads one field and writes two, the request comes with all names and records written out,
 * and `struct.unpack` takes a fixed layout apart in one step (`rotation-request.ts`, `putFamily`), so that some fifteen strings are made instead of
 * sixty; each costs as much as a tenth of a command. A third of the server's time for the row `rotate` of `npm run bench -- --filter stores`.
 *
 * It does not look at the user's own record, nor at how long anything is kept. That is seen to for a whole span of time where this way is opened
 * (`shortWayOf`), and whoever revokes a user closes it to all of his families.
 */
const COMMON_ROTATION = `
local call, unpackFixed, find, sub = redis.call, struct.unpack, string.find, string.sub
local time
local function rotateCommon(key, request)
  local field, name, link, live, term, ends, till = unpackFixed('${COMMON_LAYOUT}xxxxxxxxxxc10', request)
  local f = call('HGET', key, field)
  if not f or find(f, name, 1, true) ~= 1 or find(f, till, 57, true) ~= 57 or find(f, term, 79, true) ~= 79 then return nil end
  time = time or call('TIME')[1]
  if time >= ends then return nil end
  call('HSET', key, name, 'S' .. sub(f, 34, 67) .. link .. time, field, live .. sub(f, 79))
  return 'R'
end
`;

/** The tokens of a rotation, out of either form of a request, and the terms that follow them. */
const TOKENS = `
local ask, jti, family, iat, till, next, nextIat, nextTill, nextExp, terms
if common then
  local field, name, link, live, term, ends
  field, name, link, live, term, ends, iat, till = unpackFixed('${COMMON_LAYOUT}c10c10', request)
  jti, family, next = sub(name, 2), sub(field, 2), sub(live, 2, 33)
  nextIat, nextExp, nextTill, ask = sub(live, 35, 44), sub(live, 46, 55), sub(live, 57, 66), sub(live, 68, 77)
  terms = sub(request, ${COMMON_LENGTH + 1})
else
  ask, jti, family, iat, till, next, nextIat, nextTill, nextExp, terms = string.match(request, '^${'([^,]*),'.repeat(9)}(.*)$')
end
local exp = string.format('%.0f', till - ${RETENTION_MARGIN_SECONDS})
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
local unnamed = family ~= id -- by the name of the family that it is of
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
    if state == 'L' then addToken(fam, jti, token, unnamed) end
  end
  fam.introduced = later(fam.introduced, introduced)
  noteAccess(fam, access, accessTill)
end
-- whether this attempt ended the family, now or when it was sent before
local function endFamily()
  if ends ~= '1' or known == '' then return false end
  if standing == 'X' then return fam.call == attempt end
  if not fam then fam = newFamily(uEpoch) end
  fam.state, fam.till, fam.call = 'X', later(fam.till, retain), attempt
  putFamily(id, fam)
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
      putFamily(id, fam)
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
  addToken(fam, jti, token, unnamed)
end
fam.used = ask
if metadata ~= '' then put('m' .. id, metadata) end
if next ~= '' then
  if spends == '1' then
    token.state, token.at, token.successor, token.attempt = 'S', now, next, attempt
    putToken(jti, token)
    removeToken(fam, jti)
  end
  addToken(fam, next, newToken('L', nextTill, nextExp, nextIat, id), unnamed)
end
putFamily(id, fam)
return answer('done,' .. id)`,
);
