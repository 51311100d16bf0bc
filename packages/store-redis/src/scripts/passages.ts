/*
 * What the scripts share, in Lua. Redis runs one script at a time, so whatever a script reads and writes is one step. The
 * first write of each is one that a full Redis refuses: it refuses the right and the wrong alike then, and nothing is half
 * done. A script is told the life of its Redis and one JSON text, and is given the keys that are known beforehand; the codes
 * that handles lead to it finds by itself, which a cluster would not stand.
 */

/** `lockedUntil(key, now, rule)`: nil while too few wrong tries count, else when they will be few enough again. */
export const lockedUntil = `
local hourMs = 3600000
local function lockedUntil(key, now, rule)
  local fields = redis.call('HGETALL', key)
  local hours, total = {}, 0
  for at = 1, #fields, 2 do
    local hour, count = tonumber(fields[at]), tonumber(fields[at + 1])
    if hour > math.floor(now / hourMs) - rule.hours then
      total = total + count
      table.insert(hours, { hour = hour, count = count })
    end
  end
  if total < rule.most then return nil end
  table.sort(hours, function(a, b) return a.hour < b.hour end)
  for _, each in ipairs(hours) do
    total = total - each.count
    if total < rule.most then return (each.hour + rule.hours) * hourMs end
  end
end
`;

/** `isVoid(name, handles)`: whether one of the handles of a code has another one by now. */
export const isVoid = `
local function isVoid(name, handles)
  for _, handle in ipairs(handles) do
    if redis.call('HGET', handle, 'code') ~= name then return true end
  end
  return false
end
`;
