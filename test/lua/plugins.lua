-- Runs gateway plugins without nginx: in place of the seam to it (gateway/request.ts and `ngx`) stands a request as a table.
-- A request is {method, headers, variables, isSecure, address, nowMs, answer = {status, headers}, …fields of its record}.
require("ffi").load("libcrypto.so.3", true) -- nginx has it
local plugins = {}
local at

--- A table by header name in any case that remembers the spelling; nil removes.
local function headerTable(from)
  local spelt, values = {}, {}
  local headers = setmetatable({}, {
    __index = function(_, name) return values[name:lower()] end,
    __newindex = function(_, name, value)
      spelt[name:lower()], values[name:lower()] = name, value
    end,
  })
  for name, value in pairs(from or {}) do headers[name] = value end
  return headers, function()
    local all = {}
    for key, value in pairs(values) do all[spelt[key]] = value end
    return all
  end, values
end

local function variable(_, name)
  local given = at.variables[name]
  if given ~= nil then return given end
  local header = name:match("^http_(.*)$")
  local value = header and at.request[header:gsub("_", "-")]
  return type(value) == "table" and table.concat(value, ", ") or value
end

package.loaded["gateway.request"] = {
  currentRequest = function() return at end,
  variable = variable,
  variableAddress = function() return 0 end,
  setVariable = function(_, name, value) at.variables[name] = value end,
  setAnswerHeader = function(_, name, value) at.answer[name] = value end,
  setRequestHeader = function(_, name, value) at.request[name] = value end,
  nowMs = function() return at.nowMs end,
  answerStatus = function() return at.status end,
}

local buckets = {}
ngx = {
  shared = {
    pw_limits = {
      incr = function(_, key, by, init)
        buckets[key] = (buckets[key] or init) + by
        return buckets[key]
      end,
      expire = function() return true end,
    },
  },
  header = setmetatable({}, {
    __index = function(_, name) return at.answer[name] end,
    __newindex = function(_, name, value) at.answer[name] = value end,
  }),
  req = {
    get_method = function() return at.method end,
    get_headers = function() return at.requestValues end,
    set_header = function(name, value) at.request[name] = value end,
    clear_header = function(name) at.request[name] = nil end,
    set_uri_args = function(args) at.variables.args = args end,
    set_uri = function(path) at.uri = path end,
    read_body = function() end,
    get_body_data = function() return at.body end,
    get_body_file = function() end,
  },
  exit = function(status) error({ status = status }, 0) end,
  now = function() return at.nowMs / 1000 end,
}

local function turn(plugin, ready, request)
  local requestHeaders, askedOf, requestValues = headerTable(request.headers)
  local answerHeaders, answerOf = headerTable(request.answerHeaders)
  at = {
    request = requestHeaders,
    requestValues = requestValues,
    answer = answerHeaders,
    variables = request.variables or {},
    nowMs = request.nowMs or 1000,
    method = request.method or "GET",
    body = request.body,
    status = request.answerStatus or 200,
  }
  local record = request.record or {}
  record.method = at.method
  local isDone, status = pcall(plugin.access or function() return 0 end, record, ready)
  if not isDone then
    if type(status) ~= "table" then error(status, 0) end
    status = status.status -- `ngx.exit` ended the phase
  end
  local uri = at.uri
  if plugin.answer then plugin.answer(record, ready) end
  return { uri = uri, status = status, reason = record.reason, request = askedOf(), answer = answerOf(), args = at.variables.args }
end

--- What a plugin with this configuration makes of each request in turn.
function plugins.run(name, config, requests)
  local plugin = require("gateway.plugins.table").pluginNamed(name)
  local ready = plugin.prepare(config, { keys = function() end })
  local results = {}
  for index, request in ipairs(requests) do results[index] = turn(plugin, ready, request) end
  return results
end

--- Why a configuration is refused, nil when it is not.
function plugins.refusal(name, config)
  local isReady, reason = pcall(require("gateway.plugins.table").pluginNamed(name).prepare, config, {})
  return not isReady and tostring(reason) or nil
end

return plugins
