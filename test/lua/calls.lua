-- Calls functions of the compiled gateway, one JSON line a call on stdin: {"module", "name", "args", "as"?}. Answers each
-- with one line, a JSON list of what was returned. `as` keeps the first value under a name; the argument {"$": name} is
-- that value again. Texts are bytes on both ways; a nil is null.
local cjson = require("cjson")
cjson.encode_sparse_array(true)

local kept = {}

local function argument(value)
  if type(value) == "table" and value["$"] ~= nil then value = kept[value["$"]] end
  if value == cjson.null then return nil end
  return value
end

local function results(...)
  local list = {}
  for i = 1, select("#", ...) do
    local value = select(i, ...)
    if value == nil then value = cjson.null end
    list[i] = value
  end
  return list
end

for line in io.lines() do
  local call = cjson.decode(line)
  local arguments = {}
  for i = 1, #call.args do arguments[i] = argument(call.args[i]) end
  local list = results(require(call.module)[call.name](unpack(arguments, 1, #call.args)))
  if call.as then
    kept[call.as] = list[1]
    list = {}
  end
  io.write(#list == 0 and "[]" or cjson.encode(list), "\n")
end
