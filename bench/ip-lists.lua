-- Look-ups a second in a list of prefixes by the compiled gateway, of addresses that were never looked up before. Reads
-- {"prefixes", "looked"} on stdin; prints nanoseconds of processor time a look-up and how many were held.
local cjson = require("cjson")
local given = cjson.decode(io.read("*a"))
local ranges = require("gateway.ip-ranges-parse").ipRanges(given.prefixes)
local holds = require("gateway.ip-ranges").holds

local addresses = {}
math.randomseed(1)
for i = 1, given.looked do
  addresses[i] = string.char(10, math.random(0, 63), math.random(0, 255), math.random(0, 255))
end
local best, held = math.huge, 0
for _ = 1, 9 do
  held = 0
  local started = os.clock()
  for i = 1, given.looked do if holds(ranges, addresses[i]) then held = held + 1 end end
  best = math.min(best, os.clock() - started)
end
print(best / given.looked * 1e9, held)
