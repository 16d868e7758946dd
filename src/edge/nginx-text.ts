// nginx's configuration language: blocks of lines to text, and the two kinds of quoting that appear in it.

/** A directive without its semicolon, a line that starts with #, or a block with its head. */
export type Line = string | readonly [head: string, body: readonly Line[]];

/** The text, indented; lines of Lua blocks must be whole directives of their own (`lua`). */
export function render(lines: readonly Line[], depth = 0): string {
  const indent = "  ".repeat(depth);
  return lines
    .map((line) => {
      if (typeof line !== "string") return `${indent}${line[0]} {\n${render(line[1], depth + 1)}${indent}}\n`;
      return line.startsWith("#") || line.endsWith("}") ? `${indent}${line}\n` : `${indent}${line};\n`;
    })
    .join("");
}

/** A file name or other word as one token; nothing that nginx would expand or that could end the token. */
export function word(text: string): string {
  if (/^[\w@%+=:,./~[\]-]+$/.test(text)) return text;
  if (/[$"\\\p{Cc}]/u.test(text) || text === "")
    throw new RangeError(`not usable in nginx.conf: ${JSON.stringify(text)}`);
  return `"${text}"`;
}

/** `access_by_lua_block { … }` as one line. */
export function lua(directive: string, code: string): string {
  return `${directive}_by_lua_block { ${code} }`;
}

/** Where nginx keeps what is too large for memory; without them it wants folders of its own. */
export function temporaryLines(folder: string): string[] {
  return ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].map(
    (kind) => `${kind}_temp_path ${word(`${folder}/${kind}`)}`,
  );
}

export type LuaValue = string | number | boolean | readonly LuaValue[] | { readonly [key: string]: LuaValue };

/** A Lua literal; keys must be identifiers. */
export function luaLiteral(value: LuaValue): string {
  if (typeof value === "string") return luaString(value);
  if (typeof value !== "object") return String(value);
  if (Array.isArray(value)) return value.length === 0 ? "{}" : `{ ${value.map(luaLiteral).join(", ")} }`;
  const fields = Object.entries(value).map(([key, field]) => `${key} = ${luaLiteral(field)}`);
  return `{ ${fields.join(", ")} }`;
}

function luaString(text: string): string {
  const decimal = (character: string) =>
    [...Buffer.from(character)].map((byte) => `\\${String(byte).padStart(3, "0")}`);
  const escaped = text.replace(/["\\]/g, "\\$&").replace(/\p{Cc}/gu, (character) => decimal(character).join(""));
  return `"${escaped}"`;
}
