-- Begin a new epoch with facts and devices that were staged, and every station at offset 0.
-- KEYS: head, facts, offsets, devices, rebuild lock, staged facts, staged devices.
-- ARGV: lock token, epoch, run id of this Redis, epochs' channel, staged facts, staged devices, horizon,
--   shape, station codes...
-- Answers 1, or 0 when somebody else rebuilds or staged keys have gone.
if redis.call('GET', KEYS[5]) ~= ARGV[1] then return 0 end
if redis.call('HLEN', KEYS[6]) ~= tonumber(ARGV[5]) or redis.call('HLEN', KEYS[7]) ~= tonumber(ARGV[6]) then
  return 0
end
redis.call('DEL', KEYS[1], KEYS[2], KEYS[3], KEYS[4])
if tonumber(ARGV[5]) > 0 then
  redis.call('RENAME', KEYS[6], KEYS[2])
  redis.call('PERSIST', KEYS[2])
end
if tonumber(ARGV[6]) > 0 then
  redis.call('RENAME', KEYS[7], KEYS[4])
  redis.call('PERSIST', KEYS[4])
end
for place = 9, #ARGV do redis.call('HSET', KEYS[3], ARGV[place], '0') end
redis.call('HSET', KEYS[1], 'epoch', ARGV[2], 'folder', '', 'run_id', ARGV[3], 'facts', ARGV[5],
  'stations', #ARGV - 8, 'devices', ARGV[6], 'devices_version', '0', 'horizon', ARGV[7], 'shape', ARGV[8])
redis.call('DEL', KEYS[5])
redis.call('PUBLISH', ARGV[4], ARGV[2])
return 1
