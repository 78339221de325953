-- Take or renew the rebuild lock. KEYS: lock. ARGV: token, milliseconds. Answers 1 when it is ours.
local holder = redis.call('GET', KEYS[1])
if holder and holder ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
return 1
