-- Times the compiled verifier: one JSON line a measurement on stdin, `name value unit` on stdout. See jwt.ts.
local cjson = require("cjson")
local ffi = require("ffi")
local keys = require("gateway.crypto.verification-keys")
local jws = require("gateway.crypto.jws")
local verdicts = require("gateway.plugins.jwt-verdict")

ffi.cdef("typedef struct { long seconds, nanoseconds; } bench_time; int clock_gettime(int clock, bench_time *time);")
local cpuTime = ffi.new("bench_time")
local processClock = 2
local secondsEach = 0.3

local function cpuNanoseconds()
  ffi.C.clock_gettime(processClock, cpuTime)
  return tonumber(cpuTime.seconds) * 1e9 + tonumber(cpuTime.nanoseconds)
end

--- CPU time of one call of `run(i)`, nanoseconds.
local function timed(run)
  for i = 1, 200 do run(i) end
  local count, batch, start = 0, 100, cpuNanoseconds()
  local spent = 0
  while spent < secondsEach * 1e9 do
    for i = 1, batch do run(i) end
    count = count + batch
    batch = batch < 10000 and batch * 2 or batch
    spent = cpuNanoseconds() - start
  end
  return spent / count
end

local kinds = {}

function kinds.verify(case)
  local loaded = keys.loadKeys({ keys = case.keys })
  return timed(function() assert((jws.verifyJws(loaded, case.tokens[1]) ~= nil) == case.valid) end)
end

function kinds.load(case)
  return timed(function() keys.loadKeys({ keys = case.keys }) end)
end

function kinds.verdict(case)
  local check = verdicts.createTokenCheck(case.config, keys.loadKeys({ keys = case.keys }))
  local count = #case.tokens
  for i = 1, count do verdicts.verdictOn(check, case.tokens[i], case.now) end
  return timed(function(i) assert((verdicts.verdictOn(check, case.tokens[i % count + 1], case.now).rejection == nil) == case.valid) end)
end

for line in io.lines() do
  local case = cjson.decode(line)
  local nanoseconds = kinds[case.kind](case)
  if case.unit == "us" then print(string.format("%s %.2f us", case.name, nanoseconds / 1000))
  else print(string.format("%s %.0f ns", case.name, nanoseconds)) end
end
