import { isVoid, lockedUntil } from './passages.ts';
import { script } from './script.ts';

/** Keys: the handle. Answers `{status, attemptsLeft}`, and the name of the code when it is approved. */
export const checking = script(`${lockedUntil}${isVoid}
local life, ask, handle = ARGV[1], cjson.decode(ARGV[2]), KEYS[1]
local now = ask.now

local function withoutCode()
  if not ask.hidden then return { 'not_found', 0 } end
  local held = redis.call('HMGET', handle, 'tries', 'from')
  local tries, from = tonumber(held[1]) or 0, tonumber(held[2])
  if not from or from > now or from + ask.blindMs <= now then tries, from = 0, now end
  if tries >= ask.tries then return { 'locked', 0 } end
  redis.call('HSET', handle, 'tries', tries + 1, 'from', from)
  if redis.call('PTTL', handle) < ask.blindMs then redis.call('PEXPIRE', handle, ask.blindMs) end
  return { 'rejected', ask.tries - tries - 1 }
end

local name = redis.call('HGET', handle, 'code')
local code = name and ask.codes .. name
local held = code and redis.call('HMGET', code, 'life', 'opened', 'expires', 'state', 'tries', 'handles', 'addresses',
  'digest ' .. handle, 'rest')
if not held or held[1] ~= life or tonumber(held[3]) + ask.keptMs <= now then return withoutCode() end

if held[4] == 'approved' or isVoid(name, cjson.decode(held[6])) then
  return ask.hidden and withoutCode() or { 'rejected', 0 }
end
local right = held[8] == ask.digest
-- What Redis itself has counted down ends a code too: the clock of a gateway may have been set back, or be behind.
local isOver = tonumber(held[3]) <= now or redis.call('PTTL', code) <= tonumber(held[9])
if isOver or tonumber(held[2]) > now + ask.slackMs then
  return ask.hidden and not right and withoutCode() or { 'expired', 0 }
end
local addresses = cjson.decode(held[7])
for _, address in ipairs(addresses) do
  if lockedUntil(address, now, ask.failures) then return { 'locked', 0 } end
end
if tonumber(held[5]) >= ask.tries then return { 'locked', 0 } end

-- Right or wrong, it is written first: a full Redis refuses both, and so tells nothing of what it did not count.
if right then
  redis.call('HSET', code, 'state', 'approved')
  return { 'approved', ask.tries - held[5], name }
end
local tries = redis.call('HINCRBY', code, 'tries', 1)
local hour = math.floor(now / hourMs)
for _, address in ipairs(addresses) do
  redis.call('HINCRBY', address, hour, 1)
  for _, each in ipairs(redis.call('HKEYS', address)) do
    if tonumber(each) <= hour - ask.failures.hours then redis.call('HDEL', address, each) end
  end
  redis.call('PEXPIRE', address, (ask.failures.hours + 1) * hourMs)
end
return { 'rejected', ask.tries - tries }
`);

/** Keys: the handle. Answers nothing, or `{name, memo, state}`. */
export const finding = script(`${isVoid}
local life, ask = ARGV[1], cjson.decode(ARGV[2])
local name = redis.call('HGET', KEYS[1], 'code')
local held = name and redis.call('HMGET', ask.codes .. name, 'life', 'expires', 'state', 'handles', 'memo')
if not held or held[1] ~= life or tonumber(held[2]) + ask.keptMs <= ask.now then return end
local state = held[3]
if state == 'open' and isVoid(name, cjson.decode(held[4])) then state = 'void' end
return { name, held[5], state }
`);
