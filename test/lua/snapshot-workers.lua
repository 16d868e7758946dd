-- Several workers of one nginx, as far as snapshots go: each has the gateway's modules for itself, and all share one dictionary.
-- Workers are numbered from 1.
require("ffi").load("libcrypto.so.3", true) -- nginx has it
local cjson = require("cjson")
local snapshots = {}
local workers, values

local function nothing() end
local anything = setmetatable({}, { __index = function() return nothing end })
for _, name in ipairs({ "base", "hash", "misc", "request", "response", "time", "var" }) do
  package.loaded["resty.core." .. name] = anything
end
package.loaded["gateway.request"] = anything
package.loaded["gateway.tls-pair"] = anything

local dictionary = {}
function dictionary:get(key) return values[key] end
function dictionary:safe_set(key, value)
  values[key] = value
  return true
end
function dictionary:delete(key) values[key] = nil end
local empty = { get = nothing }

ngx = {
  shared = setmetatable({ pw_objects = dictionary }, { __index = function() return empty end }),
  worker = { pid = function() return 1 end, id = function() return 0 end },
  crc32_short = function(text)
    local sum = 0
    for i = 1, #text do sum = (sum * 31 + text:byte(i)) % 4294967296 end
    return sum
  end,
}

--- Each route, service and plugin by what it is made of, and what the router and certificates lead to; in order.
-- As text, whatever the order in which a table's keys lie in memory.
local function written(value)
  if type(value) ~= "table" then return tostring(value) end
  local parts = {}
  for key, one in pairs(value) do parts[#parts + 1] = tostring(key) .. "=" .. written(one) end
  table.sort(parts)
  return "{" .. table.concat(parts, ",") .. "}"
end

local function linesOf(world)
  local lines = { world.digest, "largest body " .. world.bodyLimit, "limits " .. tostring(world.clientLimits ~= nil) }
  local function line(...) lines[#lines + 1] = table.concat({ ... }, " ") end
  for key in pairs(world.entries) do line("entry", key) end
  for key, service in pairs(world.services) do line(key, service.targets[1].address) end
  for key, plugin in pairs(world.plugins) do
    local entry = world.entries[plugin.keys[1]]
    line(key, plugin.name, written(world.entries[key].value.config), entry and entry.value.note or "")
  end
  for key, route in pairs(world.routes) do
    local uses = {}
    for _, service in ipairs(route.services) do
      assert(world.services["service/" .. service.name] == service, "a route keeps a service that is no more")
      uses[#uses + 1] = service.name
    end
    local object = world.entries[key].value
    for index, name in ipairs(object.plugins) do
      assert(world.plugins[name] == route.plugins[index], "a route keeps a plugin that is no more")
      uses[#uses + 1] = name
    end
    line(key, route.maxBodyBytes, cjson.encode(route.methods), unpack(uses))
  end
  for _, kind in ipairs({ "exact", "wildcard" }) do
    for name, certificate in pairs(world.certificates[kind]) do line(kind, name, certificate.chain) end
    for host, paths in pairs(world.router[kind]) do
      for _, form in ipairs({ "exact", "prefix" }) do
        for path, place in pairs(paths[form]) do
          for _, route in ipairs(place.routes) do
            assert(world.routes["route/" .. route.name] == route, "the router has a route that is no more")
            line("place", kind, host, form, path, route.name)
          end
        end
      end
    end
  end
  table.sort(lines)
  return table.concat(lines, "\n")
end

local function newWorker()
  for name in pairs(package.loaded) do
    if name:sub(1, 8) == "gateway." and package.loaded[name] ~= anything then package.loaded[name] = nil end
  end
  local worker = {
    current = require("gateway.current").current,
    take = require("gateway.snapshot.take").takePush,
    follow = require("gateway.snapshot.follow").follow,
  }
  local function work()
    -- between two slices of a change the world in force is as it was
    worker.turns = worker.turns + 1
    if worker.turns % 16 == 0 then assert(linesOf(worker.current.world) == worker.before, "it shows too early") end
  end
  local metrics = function() return {} end
  worker.tools = {
    work = work,
    workers = 2,
    decode = require("cjson.safe").decode,
    routeMetrics = metrics,
    serviceMetrics = metrics,
    makeBreaker = nothing,
    restoreHealth = nothing,
    parseCertificate = function(chain) return { chain = chain, key = "" } end,
  }
  return worker
end

local function begin(worker)
  worker.turns, worker.before = 0, linesOf(worker.current.world)
end

--- An nginx with so many workers.
function snapshots.start(count)
  workers, values = {}, {}
  for i = 1, count do workers[i] = newWorker() end
end

--- A worker takes a push (SnapshotPush) after it has followed the others; says why not, or false.
function snapshots.push(number, push)
  local worker = workers[number]
  snapshots.follow(number)
  begin(worker)
  push.from = push.full and 0 or worker.current.world.revision
  local refusal = worker.take(push, worker.tools)
  return refusal and refusal.reason or false
end

--- A worker takes over what was pushed; says why not, or false.
function snapshots.follow(number)
  local worker = workers[number]
  begin(worker)
  return worker.follow(worker.tools) or false
end

--- Another worker in this one's place, which has taken over nothing yet.
function snapshots.replace(number) workers[number] = newWorker() end

--- What a worker has in force, as one text.
function snapshots.world(number) return linesOf(workers[number].current.world) end

--- Keys of shared memory.
function snapshots.keys()
  local keys = {}
  for key in pairs(values) do keys[#keys + 1] = key end
  table.sort(keys)
  return keys
end

return snapshots
