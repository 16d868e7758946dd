-- Several workers of one nginx, as far as the health of targets goes: each has the gateway's modules for itself, and all share
-- one dictionary and one clock. Workers are numbered from 1; a function without an answer gives nil.
local health = {}
local workers, nowMs, values, service

local function forgetModules()
  for name in pairs(package.loaded) do
    if name:sub(1, 8) == "gateway." and name ~= "gateway.request" then package.loaded[name] = nil end
  end
end

package.loaded["gateway.request"] = setmetatable({ nowMs = function() return nowMs end }, {
  __index = function() return function() end end,
})

package.loaded["resty.core.hash"] = {} -- balancing by hash, which is not played here

--- The value of a key whose time has not come yet.
local function alive(key)
  local entry = values[key]
  if entry ~= nil and entry.untilMs ~= nil and entry.untilMs <= nowMs then values[key] = nil end
  return values[key]
end

local function ends(seconds) return seconds and seconds > 0 and nowMs + seconds * 1000 or nil end

local dictionary = {}
function dictionary:get(key)
  local entry = alive(key)
  return entry and entry.value
end
function dictionary:set(key, value, seconds)
  values[key] = { value = value, untilMs = ends(seconds) }
  return true
end
function dictionary:safe_set(key, value, seconds)
  if #tostring(value) > 4096 then return nil, "no memory" end
  return self:set(key, value, seconds)
end
function dictionary:add(key, value, seconds)
  if alive(key) then return false, "exists" end
  return self:set(key, value, seconds)
end
function dictionary:incr(key, by, init, seconds)
  local entry = alive(key)
  if entry == nil then
    if init == nil then return nil, "not found" end
    values[key] = { value = init + by, untilMs = ends(seconds) }
    return init + by
  end
  entry.value = entry.value + by
  return entry.value
end
function dictionary:delete(key) values[key] = nil end

ngx = {
  shared = { pw_health = dictionary },
  now = function() return nowMs / 1000 end,
  worker = { pid = function() return 1 end },
}

local function build(worker, before)
  local tools = {
    restoreHealth = worker.health.restoreHealth,
    serviceMetrics = function() return {} end,
    makeBreaker = function() end,
  }
  local made = worker.makeService(service, before, tools)
  worker.current.world.services = { ["service/" .. service.name] = made }
end

local function newWorker()
  forgetModules()
  local worker = {
    health = require("gateway.health"),
    current = require("gateway.current").current,
    makeService = require("gateway.snapshot.make-service").makeService,
  }
  build(worker)
  return worker
end

local function serviceOf(worker) return workers[worker].current.world.services["service/" .. service.name] end

local function target(worker, name)
  for _, one in ipairs(serviceOf(worker).targets) do
    if one.name == name then return one end
  end
end

--- An nginx with so many workers and one service (a ServiceObject).
function health.start(count, object)
  nowMs, values, service, workers = 1000000, {}, object, {}
  for i = 1, count do workers[i] = newWorker() end
end

--- All workers take over the service as it is now.
function health.change(object)
  service = object
  for _, worker in ipairs(workers) do
    build(worker, worker.current.world.services["service/" .. service.name])
  end
end

--- Another worker in this one's place: its modules know what nginx's master had read when it started, which is nothing.
function health.replace(worker)
  local shared = values
  values = {}
  workers[worker] = newWorker()
  values = shared
  workers[worker].health.startHealth()
end

function health.fail(worker, name) workers[worker].health.noteFailure(serviceOf(worker), target(worker, name)) end

function health.answer(worker, name, status) workers[worker].health.noteAnswer(target(worker, name), status) end

--- Why nginx does not take the post; false: it does.
function health.post(worker, post) return workers[worker].health.takeVerdicts(post) or false end

--- Time passes, and then each worker has a tick.
function health.pass(ms)
  nowMs = nowMs + ms
  for _, worker in ipairs(workers) do
    worker.health.judgeFailures()
    worker.health.followHealth()
  end
end

local function namesOf(targets)
  local names = {}
  for _, one in ipairs(targets) do table.insert(names, one.name) end
  return table.concat(names, " ")
end

--- Who gets a worker's requests.
function health.pool(worker) return namesOf(serviceOf(worker).pool) end

--- What a worker says of targets that are left out: `NAME ejected` and `NAME: REASON`.
function health.out(worker)
  local said = {}
  for _, one in ipairs(workers[worker].health.ejectedTargets()) do table.insert(said, one.target .. " ejected") end
  for _, one in ipairs(workers[worker].health.downTargets()) do table.insert(said, one.target .. ": " .. one.reason) end
  return table.concat(said, ", ")
end

return health
