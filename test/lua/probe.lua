-- What tests of the gateway hand to its functions, in Lua; probe.ts is the same for Node.
local routes = require("gateway.router")
local probe = {}

--- The table itself: to keep it under a name.
function probe.table(value) return value end

--- nil of nil.
function probe.field(value, name) return value and value[name] end

--- Name of the route that takes a request, `405 ALLOW` or `404`.
function probe.routed(router, method, host, path)
  local place = routes.findPlace(router, host, path)
  if place == nil then return "404" end
  local route = routes.routeFor(place, method)
  return route and route.name or "405 " .. require("gateway.router-deep").allowedMethods(place)
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
