-- What the gateway's own JSON reader made of a text, in a form that cjson can write without loss: {"n", digits},
-- {"a", items…}, {"o", {name, value}…}, everything else as it is.
local cjson = require("cjson")
local parse = require("gateway.json.parse").parseJson
local probe = {}

local function told(value)
  if type(value) == "number" then return { "n", ("%.17g"):format(value) } end
  if type(value) ~= "table" then return value end
  if value.kind == "null" then return cjson.null end
  local parts = { value.kind == "array" and "a" or "o" }
  if value.kind == "array" then
    for _, item in ipairs(value.items) do parts[#parts + 1] = told(item) end
  else
    for _, name in ipairs(value.names) do parts[#parts + 1] = { name, told(value.members[name]) } end
  end
  return parts
end

function probe.read(text)
  local result = parse(text)
  if result.problem then return { problem = result.problem } end
  return told(result.value)
end

return probe
