import { script } from './script.ts';

/**
 * A stream is one history, whose name is that of its one consumer group (nobody consumes by it): so the name comes and goes with what it names, in one
 * key. It holds since when it is complete, in milliseconds, and for how many seconds entries are kept. A host that wants them longer begins another,
 * since what was trimmed is gone.
 */
const HISTORY = `
local key = KEYS[1]
local time = redis.call('TIME')
local now = clock ~= '' and tonumber(clock) * 1000 or time[1] * 1000 + math.floor(time[2] / 1000)
local groups = redis.call('EXISTS', key) == 1 and redis.call('XINFO', 'GROUPS', key) or {}
local name = groups[1] and groups[1][2]
local function begin()
  for _, group in ipairs(groups) do redis.call('XGROUP', 'DESTROY', key, group[2]) end
  name = fresh .. ':' .. string.format('%.0f', now) .. ':' .. retention
  redis.call('XGROUP', 'CREATE', key, name, '$', 'MKSTREAM')
end
if not name or tonumber(string.match(name, '%d+$')) < tonumber(retention) then begin() end
`;

/** Adds an entry, and drops what is older than entries are kept. */
export const PUBLISH = script(
  ['fresh', 'retention', 'clock', 'entries'],
  `${HISTORY}
local oldest = string.format('%.0f', now - string.match(name, '%d+$') * 1000)
redis.call('XADD', key, 'MINID', '~', oldest, '*', 'e', string.format('%.0f', math.floor(now / 1000)) .. ',' .. entries)
return 'published'`,
);

/**
 * Answers the name of the history, the time, and the entries after `from`: id and text of each. Where the stream ends before `last`, which was read in
 * it, a server has lost what it had acknowledged: what was known of the time before is then not to be relied on by anybody, and a new history begins. It
 * writes each time: a server that is no master any more, which no publication reaches, then refuses it.
 */
export const READ = script(
  ['fresh', 'retention', 'clock', 'known', 'last', 'from', 'count'],
  `${HISTORY}
local function isBefore(id, other)
  local ms, count = string.match(id, '^(%d+)-(%d+)$')
  local otherMs, otherCount = string.match(other, '^(%d+)-(%d+)$')
  ms, otherMs = tonumber(ms), tonumber(otherMs)
  return ms < otherMs or (ms == otherMs and tonumber(count) < tonumber(otherCount))
end
if name == known then
  local about = redis.call('XINFO', 'STREAM', key)
  for index = 1, #about, 2 do
    if about[index] == 'last-generated-id' and isBefore(about[index + 1], last) then
      begin()
      break
    end
  end
end
redis.call('XGROUP', 'SETID', key, name, '$')
local answer = { name, string.format('%.0f', now) }
for _, entry in ipairs(redis.call('XRANGE', key, '(' .. from, '+', 'COUNT', count)) do
  answer[#answer + 1] = entry[1]
  answer[#answer + 1] = entry[2][2]
end
return answer`,
);
