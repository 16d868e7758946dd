// Edits of members of a JSON text. What no edit is about stays byte for byte as it was (numbers keep all of their digits);
// objects on the way to an edit are written anew, their members in the same order. The text must be one that parseJson
// (parse.ts) reads: here nothing is checked again.
import { parseJson } from "./parse.ts";
import { emptyTable } from "./value.ts";

/** A member of an object, or an item of a list, as the text has it. */
export interface JsonEdit {
  /** From the outermost value on: a member's name, an item's place from 0, or `*` for each of them. The last is no `*`. */
  readonly path: readonly string[];
  readonly kind: "rename" | "remove" | "set";
  /** JSON: the new name of `rename`, the value of `set`; empty for `remove`. */
  readonly text: string;
  /** The last of the path as JSON. */
  readonly name: string;
}

/** A member as it will be written. */
interface Member {
  readonly name: string;
  readonly text: string;
  /** Of several with one name the highest stays: those that were there, those renamed to it, those set. */
  readonly rank: number;
}

/** The text that is edited; places count from 1. */
const input = { text: "", at: 1, leftBytes: 0 };

/** Undefined when what is set makes it longer by more than `mostMoreBytes`. */
export function editJson(text: string, edits: readonly JsonEdit[], mostMoreBytes: number): string | undefined {
  input.text = text;
  input.at = 1;
  input.leftBytes = mostMoreBytes;
  skipSpace();
  const edited = takeValue(edits, 0);
  input.text = "";
  return input.leftBytes < 0 ? undefined : edited;
}

function skipSpace(): void {
  let byte = string.byte(input.text, input.at);
  while (byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09) {
    input.at++;
    byte = string.byte(input.text, input.at);
  }
}

/** The value that is next, edited; `depth` steps of the edits' paths lead to it. */
function takeValue(edits: readonly JsonEdit[], depth: number): string {
  const start = input.at;
  const byte = string.byte(input.text, start);
  if (edits.length > 0 && byte === 0x7b) return takeObject(edits, depth);
  if (edits.length > 0 && byte === 0x5b) return takeArray(edits, depth);
  skipValue();
  return string.sub(input.text, start, input.at - 1);
}

function skipValue(): void {
  const byte = string.byte(input.text, input.at);
  if (byte === 0x22) skipString();
  else if (byte === 0x7b || byte === 0x5b) skipNested();
  else skipWord();
}

/** From one quote to behind the other. */
function skipString(): void {
  const text = input.text;
  let at = input.at + 1;
  let byte = string.byte(text, at);
  while (byte !== 0x22) {
    at += byte === 0x5c ? 2 : 1;
    byte = string.byte(text, at);
  }
  input.at = at + 1;
}

function skipNested(): void {
  let depth = 0;
  do {
    const byte = string.byte(input.text, input.at);
    if (byte === 0x22) {
      skipString();
    } else {
      if (byte === 0x7b || byte === 0x5b) depth++;
      else if (byte === 0x7d || byte === 0x5d) depth--;
      input.at++;
    }
  } while (depth > 0);
}

/** A number, true, false or null. */
function skipWord(): void {
  let byte = string.byte(input.text, input.at);
  while (byte !== undefined && byte > 0x20 && byte !== 0x2c && byte !== 0x5d && byte !== 0x7d) {
    input.at++;
    byte = string.byte(input.text, input.at);
  }
}

/** Those whose path goes through a member or item of this name. */
function through(edits: readonly JsonEdit[], depth: number, name: string): JsonEdit[] {
  return edits.filter(({ path }) => path[depth] === name || path[depth] === "*");
}

function isEnd({ path }: JsonEdit, depth: number): boolean {
  return path.length === depth + 1;
}

/** The last one of a kind that ends here. */
function ending(edits: readonly JsonEdit[], depth: number, kind: JsonEdit["kind"]): JsonEdit | undefined {
  let found: JsonEdit | undefined;
  for (const edit of edits) if (edit.kind === kind && isEnd(edit, depth)) found = edit;
  return found;
}

function spend(text: string): string {
  input.leftBytes -= text.length;
  return text;
}

/** The item or member's value after the edits that are about it; undefined when it goes. */
function takeEdited(edits: readonly JsonEdit[], depth: number): string | undefined {
  const set = ending(edits, depth, "set");
  const isGone = set === undefined && ending(edits, depth, "remove") !== undefined;
  if (set === undefined && !isGone) {
    return takeValue(
      edits.filter((edit) => !isEnd(edit, depth)),
      depth + 1,
    );
  }
  skipValue();
  return set === undefined ? undefined : spend(set.text);
}

function takeArray(edits: readonly JsonEdit[], depth: number): string {
  const items: string[] = [];
  let place = 0;
  input.at++;
  skipSpace();
  while (string.byte(input.text, input.at) !== 0x5d) {
    const item = takeEdited(through(edits, depth, `${place}`), depth);
    if (item !== undefined) items.push(item);
    place++;
    passComma();
  }
  input.at++;
  return `[${items.join(",")}]`;
}

function passComma(): void {
  skipSpace();
  if (string.byte(input.text, input.at) !== 0x2c) return;
  input.at++;
  skipSpace();
}

/** True when one of the edits is about a member of this name, or what is in it. */
function isConcerned(edits: readonly JsonEdit[], depth: number, name: string): boolean {
  for (const { path } of edits) if (path[depth] === name || path[depth] === "*") return true;
  return false;
}

/** Whether members may come to have a name that another has. */
function namesMembers(edits: readonly JsonEdit[], depth: number): boolean {
  for (const edit of edits) if (edit.kind !== "remove" && isEnd(edit, depth)) return true;
  return false;
}

function takeObject(edits: readonly JsonEdit[], depth: number): string {
  const texts: string[] = [];
  const members: Member[] | undefined = namesMembers(edits, depth) ? [] : undefined;
  input.at++;
  skipSpace();
  while (string.byte(input.text, input.at) !== 0x7d) {
    const start = input.at;
    skipString();
    const written = string.sub(input.text, start, input.at - 1);
    const name = decoded(written);
    skipSpace();
    input.at++; // the colon
    skipSpace();
    if (isConcerned(edits, depth, name)) {
      const own = through(edits, depth, name);
      const value = takeEdited(own, depth);
      if (value !== undefined && members === undefined) texts.push(`${written}:${value}`);
      if (value !== undefined && members !== undefined) members.push(memberOf(name, written, value, own, depth));
    } else {
      skipValue();
      const text = string.sub(input.text, start, input.at - 1);
      if (members === undefined) texts.push(text);
      else members.push({ name, text, rank: 0 });
    }
    passComma();
  }
  input.at++;
  if (members === undefined) return `{${texts.join(",")}}`;
  addMissing(members, edits, depth);
  return `{${withoutLesser(members).join(",")}}`;
}

/** A member as it will be written; `edits` are those about it. */
function memberOf(name: string, written: string, value: string, edits: readonly JsonEdit[], depth: number): Member {
  if (ending(edits, depth, "set") !== undefined) return { name, text: `${written}:${value}`, rank: 2 };
  const rename = ending(edits, depth, "rename");
  if (rename === undefined) return { name, text: `${written}:${value}`, rank: 0 };
  return { name: decoded(rename.text), text: `${spend(rename.text)}:${value}`, rank: 1 };
}

/** Members that are set and were not there. */
function addMissing(members: Member[], edits: readonly JsonEdit[], depth: number): void {
  const set = emptyTable<boolean>();
  for (const { name, rank } of members) if (rank === 2) set[name] = true;
  for (const edit of edits) {
    const name = edit.path[depth]!;
    if (edit.kind !== "set" || !isEnd(edit, depth) || set[name] !== undefined) continue;
    members.push({ name, text: spend(`${edit.name}:${edit.text}`), rank: 2 });
  }
}

/** A name as the text has it, in quotes. */
function decoded(written: string): string {
  if (written.indexOf("\\") < 0) return string.sub(written, 2, -2);
  const parsed = parseJson(written);
  return parsed.problem === undefined ? (parsed.value as string) : written;
}

/** Of each name one member: the last of the highest rank. */
function withoutLesser(members: readonly Member[]): string[] {
  const best = emptyTable<Member>();
  for (const member of members) {
    const other = best[member.name];
    if (other === undefined || member.rank >= other.rank) best[member.name] = member;
  }
  return members.filter((member) => best[member.name] === member).map(({ text }) => text);
}
