-- Write what a batch of facts did: all of it or nothing, and only from the folder of this epoch.
-- KEYS: head, facts, offsets, devices, then per station: log, document.
-- ARGV: token, epoch, log limit, deltas' channel, devices' channel, then counted lists:
--   facts put (field, json), facts deleted (field), devices put (hash, json),
--   stations (code, new offset, document, count, that many deltas).
-- Answers 'done', 'stale' (another folder, another epoch) or 'damaged' (keys are missing; the head is gone now).
local head = redis.call('HMGET', KEYS[1], 'epoch', 'folder', 'facts', 'stations', 'devices')
if head[1] ~= ARGV[2] or head[2] ~= ARGV[1] then return 'stale' end

local at = 5
local function take()
  at = at + 1
  return ARGV[at]
end

local function damaged()
  redis.call('DEL', KEYS[1])
  return 'damaged'
end

if redis.call('HLEN', KEYS[2]) ~= tonumber(head[3])
  or redis.call('HLEN', KEYS[3]) ~= tonumber(head[4])
  or redis.call('HLEN', KEYS[4]) ~= tonumber(head[5]) then
  return damaged()
end

local puts = tonumber(take())
local first_put = at
at = at + puts * 2
local deletions = tonumber(take())
local first_deletion = at
at = at + deletions
local devices = tonumber(take())
local first_device = at
at = at + devices * 2
local stations = tonumber(take())
local first_station = at

-- Look before writing: a script that stops half-way is not undone.
for _ = 1, stations do
  local code, offset = take(), tonumber(take())
  take()
  local count = tonumber(take())
  at = at + count
  if tonumber(redis.call('HGET', KEYS[3], code) or '0') ~= offset - count then return damaged() end
end

at = first_put
for _ = 1, puts do redis.call('HSET', KEYS[2], take(), take()) end
at = first_deletion
for _ = 1, deletions do redis.call('HDEL', KEYS[2], take()) end
at = first_device
for _ = 1, devices do
  local hash, json = take(), take()
  redis.call('HSET', KEYS[4], hash, json)
  redis.call('PUBLISH', ARGV[5], hash .. ' ' .. json)
end
at = first_station
for place = 1, stations do
  local code, offset, document, count = take(), tonumber(take()), take(), tonumber(take())
  local log = KEYS[3 + place * 2]
  redis.call('SET', KEYS[4 + place * 2], document)
  redis.call('HSET', KEYS[3], code, offset)
  for done = 1, count do
    local delta = take()
    redis.call('RPUSH', log, delta)
    redis.call('PUBLISH', ARGV[4], code .. ' ' .. ARGV[2] .. ' ' .. string.format('%.0f', offset - count + done) .. ' ' .. delta)
  end
  redis.call('LTRIM', log, -tonumber(ARGV[3]), -1)
end
redis.call('HSET', KEYS[1],
  'facts', redis.call('HLEN', KEYS[2]),
  'stations', redis.call('HLEN', KEYS[3]),
  'devices', redis.call('HLEN', KEYS[4]))
if devices > 0 then redis.call('HINCRBY', KEYS[1], 'devices_version', 1) end
return 'done'
