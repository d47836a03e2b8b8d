-- Takes a token from the bucket KEYS[1] of ARGV[1] tokens, filled up within ARGV[2] milliseconds; 1 where there was one.
local limit, window = tonumber(ARGV[1]), tonumber(ARGV[2])
local clock = redis.call('TIME')
local now = clock[1] * 1000 + math.floor(clock[2] / 1000)
local kept = redis.call('HMGET', KEYS[1], 'tokens', 'since')
local tokens, since = tonumber(kept[1]) or limit, tonumber(kept[2]) or now
local fresh = math.floor(math.max(0, now - since) * limit / window)
if fresh > 0 then
  tokens, since = math.min(limit, tokens + fresh), now
end
local taken = tokens > 0 and 1 or 0
redis.call('HSET', KEYS[1], 'tokens', tokens - taken, 'since', string.format('%.0f', since))
redis.call('PEXPIRE', KEYS[1], window)
return taken
