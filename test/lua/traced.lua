-- Requests of which a trace is kept, in Lua; test/gateway/traced.ts is the same for Node.
local why = require("gateway.why.trace")
local traced = {}

local function each(list, of)
  local all = {}
  for i = 1, #list do all[i] = of(list[i]) end
  return all
end

local function plugin(name) return { plugin = name } end

--- The report of a request that went so.
function traced.report(given)
  local function at(index) return given.targets[index + 1] end
  local service = {
    name = "app", balance = "roundRobin", targets = given.targets,
    pool = each(given.pool, at), healthy = each(given.healthy, at),
  }
  local record = given.request
  record.tried, record.tries = {}, 0
  record.route = {
    name = "r", service = service, steps = each(given.steps, plugin), answerSteps = each(given.answerSteps, plugin),
  }
  local trace = why.newTrace(#given.micros > 0)
  for i = 1, #given.micros do trace.requestMicros[i] = given.micros[i] end
  for i = 1, #given.answerMicros do trace.answerMicros[i] = given.answerMicros[i] end
  for i, try in ipairs(given.tries) do
    local target, outcome, started, ended = at(try[1]), try[2], try[3], try[4]
    if i > given.from then
      why.noteChoice(trace, record, service, target, i > 1 and "retry" or "roundRobin", started)
    end
    record.tries = record.tries + 1
    record.tried[record.tries] = target
    record.target, record.targetStartMs = target, started
    if i >= given.from then why.noteEnd(trace, record, outcome, ended) end
  end
  return why.reportOf(trace, record, given.ending)
end

return traced
