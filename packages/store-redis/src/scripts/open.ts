import { isVoid, lockedUntil } from './passages.ts';
import { script } from './script.ts';

/** Keys: the code, its handles, its addresses. Answers `{kind, until}`, or `{'opened', voided...}`. */
export const opening = script(`${lockedUntil}${isVoid}
local life, ask = ARGV[1], cjson.decode(ARGV[2])
local now, code = ask.now, KEYS[1]
local handles, addresses = {}, {}
for at = 2, #KEYS do table.insert(at <= 1 + #ask.digests and handles or addresses, KEYS[at]) end

local blocked, soon = 0, 0
for _, address in ipairs(addresses) do
  blocked = math.max(blocked, lockedUntil(address, now, ask.failures) or 0)
end
if blocked > 0 then return { 'blocked', blocked } end

local before, voided, seen = {}, {}, {}
for at, handle in ipairs(handles) do
  local name = redis.call('HGET', handle, 'code')
  local held = name and redis.call('HMGET', ask.codes .. name, 'life', 'opened', 'state', 'handles')
  before[at] = ''
  if held and held[1] == life then
    before[at] = name
    local opened = tonumber(held[2])
    if opened <= now + ask.slackMs then soon = math.max(soon, opened + ask.resendMs) end
    if held[3] == 'open' and not seen[name] and not isVoid(name, cjson.decode(held[4])) then
      seen[name] = true
      table.insert(voided, name)
    end
  end
end
if soon > now then return { 'too_soon', soon } end

local restMs = ask.resendMs + ask.keptMs
local keptMs = ask.expiresAt - now + restMs
redis.call('HSET', code, 'life', life, 'opened', now, 'expires', ask.expiresAt, 'rest', restMs, 'state', 'open', 'tries', 0,
  'memo', ask.memo, 'handles', cjson.encode(handles), 'addresses', cjson.encode(addresses))
redis.call('PEXPIRE', code, keptMs)
for at, handle in ipairs(handles) do
  redis.call('HSET', code, 'digest ' .. handle, ask.digests[at], 'before ' .. handle, before[at])
  redis.call('DEL', handle)
  redis.call('HSET', handle, 'code', ask.name)
  redis.call('PEXPIRE', handle, keptMs)
end
return { 'opened', unpack(voided) }
`);

/** Keys: the code. Its handles have again what they had before it. */
export const withdrawing = script(`
local ask, code = cjson.decode(ARGV[2]), KEYS[1]
local handles = redis.call('HGET', code, 'handles')
if not handles then return end
handles = cjson.decode(handles)
local before = {}
for at, handle in ipairs(handles) do before[at] = redis.call('HGET', code, 'before ' .. handle) end
redis.call('DEL', code)

for at, handle in ipairs(handles) do
  local newer = redis.call('HGET', handle, 'code')
  if newer == ask.name then
    local restMs = before[at] ~= '' and redis.call('PTTL', ask.codes .. before[at]) or 0
    redis.call('DEL', handle)
    if restMs > 0 then
      redis.call('HSET', handle, 'code', before[at])
      redis.call('PEXPIRE', handle, restMs)
    end
  end
  -- A newer code stays; should it be withdrawn too, it has to know what came before this one.
  while newer and newer ~= '' and newer ~= ask.name do
    local key = ask.codes .. newer
    local older = redis.call('HGET', key, 'before ' .. handle)
    if older == ask.name then redis.call('HSET', key, 'before ' .. handle, before[at]) end
    newer = older
  end
end
`);
