-- Runs the gateway's validator on documents that come as texts.
local cjson = require("cjson")
local parse = require("gateway.json.parse").parseJson
local validator = require("gateway.json-schema.validate")
local probe = {}

local function faults(parts, text)
  local result = parse(text)
  assert(not result.problem, result.problem)
  return validator.validate(parts, result.value, 1000 + 4 * #text)
end

--- Whether each of these documents fits.
function probe.fits(parts, texts)
  local prepared = validator.prepareParts(cjson.decode(parts))
  local all = {}
  for index, text in ipairs(texts) do all[index] = #faults(prepared, text) == 0 end
  return all
end

--- What is wrong with a document, as {pointer, detail} each.
function probe.faults(parts, text)
  local told = {}
  for index, fault in ipairs(faults(validator.prepareParts(cjson.decode(parts)), text)) do
    told[index] = { fault.pointer, fault.detail }
  end
  return told
end

return probe
