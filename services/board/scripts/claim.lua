-- Become the folder: from now on every other folder's writes are refused.
-- KEYS: head, facts, offsets, devices. ARGV: token, shape.
-- Answers the epoch, or false when there is no whole state to fold into.
local head = redis.call('HMGET', KEYS[1], 'epoch', 'facts', 'stations', 'devices', 'shape')
if not head[1] or head[5] ~= ARGV[2] then return false end
if redis.call('HLEN', KEYS[2]) ~= tonumber(head[2])
  or redis.call('HLEN', KEYS[3]) ~= tonumber(head[3])
  or redis.call('HLEN', KEYS[4]) ~= tonumber(head[4]) then
  redis.call('DEL', KEYS[1])
  return false
end
redis.call('HSET', KEYS[1], 'folder', ARGV[1])
return head[1]
