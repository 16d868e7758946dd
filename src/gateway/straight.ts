// Lists of a configuration as straight code. LuaJIT gives up compiling a request's path where it meets a loop of few turns,
// so a list that every request goes through becomes a function with one line an item, made once for each length.

type Run<Subject, Item> = (this: void, subject: Subject, item: Item) => number;

/** Turns of one function; what is left goes into a next one (a Lua function may hold 60 values of its surroundings). */
const mostItems = 50;
type Factory = (this: void, run: unknown, items: unknown, rest: unknown) => unknown;
const factories: Record<number, Factory> = {};

function factory(count: number): Factory {
  const known = factories[count];
  if (known !== undefined) return known;
  const names: string[] = [];
  const lines: string[] = [];
  for (let i = 1; i <= count; i++) {
    names.push(`item${i}`);
    lines.push(`  status = run(subject, item${i}) if status ~= 0 then return status end`);
  }
  const [chunk, problem] = loadstring(`
    local run, items, rest = ...
    local ${names.join(", ")} = unpack(items)
    return function(subject)
      local status
      ${lines.join("\n")}
      if rest ~= nil then status = rest(subject) return status end
      return 0
    end`);
  if (chunk === undefined) throw `straight code: ${problem}`;
  factories[count] = chunk as unknown as Factory;
  return chunk as unknown as Factory;
}

const nothing = (): number => 0;

/** A function that runs each item in turn until one gives something other than 0, and gives that. */
export function inTurn<Subject, Item>(
  items: readonly Item[],
  run: Run<Subject, Item>,
): (this: void, subject: Subject) => number {
  if (items.length === 0) return nothing;
  const rest = items.length > mostItems ? inTurn(items.slice(mostItems), run) : undefined;
  const own = items.slice(0, mostItems);
  return factory(own.length)(run, own, rest) as (this: void, subject: Subject) => number;
}
