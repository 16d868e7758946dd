-- What tests of the gateway hand to its functions, in Lua; probe.ts is the same for Node.
local routes = require("gateway.routing.router")
local probe = {}

--- The table itself: to keep it under a name.
function probe.table(value) return value end

--- nil of nil.
function probe.field(value, name) return value and value[name] end

function probe.routerWith(list)
  return require("gateway.routing.router-build").routerOf(list, require("gateway.straight").inTurn)
end

--- The router, with some routes fewer and others more.
function probe.changedRouter(router, removed, added)
  local build = require("gateway.routing.router-build")
  local draft = build.draftRouter(router)
  for _, route in ipairs(removed) do build.removeRoute(draft, route) end
  for _, route in ipairs(added) do build.addRoute(draft, route) end
  build.settleRouter(draft, require("gateway.straight").inTurn, function() end)
  build.commitRouter(draft)
  return router
end

--- Name of the route that takes a request, `405 ALLOW` or `404`; headers by the variables that nginx has them in.
function probe.routed(router, method, host, target, headers)
  local conditional = require("gateway.routing.conditional")
  local path, query = target:match("^([^?]*)%??(.*)$")
  local asked = { header = function(name) return headers and headers[name] end, query = query }
  local place = routes.findPlace(router, host, path)
  if place == nil then return "404" end
  local route
  if place.conditional == nil then
    route = routes.routeFor(place, method)
  else
    route = conditional.findConditional(router, place, host, path, method, asked)
  end
  if route ~= nil then return route.name end
  local allowed = conditional.allowedMethods(router, host, path, asked)
  return allowed == "" and "404" or "405 " .. allowed
end

--- A shared dictionary of one worker, as far as rate limits use it.
function probe.buckets()
  local values = {}
  local buckets = {}
  function buckets:incr(key, by, init)
    values[key] = (values[key] or init) + by
    return values[key]
  end
  function buckets:expire() return true end
  return buckets
end

--- Whether a collection that was asked for takes garbage away, and in slices; and whether one that was not does nothing. Lua only.
function probe.collected()
  local collect = require("gateway.snapshot.collect")
  local kept = {}
  for i = 1, 50000 do kept[i] = { {} } end
  for i = 1, 50000 do kept[i] = i % 10 == 0 and kept[i] or nil end
  local before, turns = collectgarbage("count"), 0
  local function work() turns = turns + 1 end
  collect.collectWhenDue(work)
  local idle = turns
  collect.expectGarbage()
  collect.collectWhenDue(work)
  return { idle = idle, turns = turns > 1000, freed = collectgarbage("count") < before / 2 }
end

--- `STATUS: ITEMS RUN` of straight code over the items 1 to `count`, of which the one at `stopsAt` gives 7. Lua only.
function probe.inTurn(count, stopsAt)
  local items, ran = {}, {}
  for i = 1, count do items[i] = i end
  local run = require("gateway.straight").inTurn(items, function(subject, item)
    table.insert(subject, item)
    return item == stopsAt and 7 or 0
  end)
  return run(ran) .. ": " .. table.concat(ran, " ")
end

return probe
