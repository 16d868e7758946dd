-- The longest turn of any worker's event loop: each sleeps a millisecond at a time and sees how late it wakes, and how much
-- processor time it took meanwhile (which another program on the machine cannot lengthen).
local ffi = require("ffi")
ffi.cdef([[
  typedef struct { long seconds; long nanoseconds; } probe_time;
  int probe_clock(int clock, probe_time *time) __asm__("clock_gettime");
]])
local cell = ffi.new("probe_time[1]")
local monotonic, processor = 1, 2
local shared = ngx.shared.pw_state

local function milliseconds(clock)
  ffi.C.probe_clock(clock, cell)
  return tonumber(cell[0].seconds) * 1e3 + tonumber(cell[0].nanoseconds) / 1e6
end

local function note(key, value)
  if value > (shared:get(key) or 0) then shared:set(key, value) end
end

local function watch()
  local time, work = milliseconds(monotonic), milliseconds(processor)
  while not ngx.worker.exiting() do
    ngx.sleep(0.001)
    local now, done = milliseconds(monotonic), milliseconds(processor)
    note("probe/late", now - time - 1)
    note("probe/busy", done - work)
    time, work = now, done
  end
end

return {
  start = function() ngx.timer.at(0, watch) end,
  -- What was longest since it was last asked.
  tell = function()
    local late, busy = shared:get("probe/late") or 0, shared:get("probe/busy") or 0
    shared:set("probe/late", 0)
    shared:set("probe/busy", 0)
    ngx.print(string.format('{"lateMs":%.3f,"busyMs":%.3f}', late, busy))
  end,
}
