// transform.response.body.json: members of JSON that are renamed, removed and set, by JSON Pointers (RFC 6901) to them.
import { z } from "zod";
import { addFault, list, mapping, parsed } from "../fields.ts";
import { Fault, quote } from "../issue.ts";
import type { BodyEdit } from "../plugin-types.ts";

const pointerHint = "write a JSON Pointer such as /items/*/secret: * stands for each item or member";
const mostSteps = 16;
const mostEdits = 50;

/** The steps of a pointer (RFC 6901), whose last one names a member. */
function parsePointer(text: string): readonly string[] | Fault {
  const fault = (reason: string, hint = pointerHint) => new Fault("invalidPointer", `${quote(text)} ${reason}`, hint);
  if (!text.startsWith("/") || text.length > 1024 || /~(?![01])|\p{Cc}/u.test(text)) return fault("is no JSON Pointer");
  const steps = text
    .slice(1)
    .split("/")
    .map((step) => step.replaceAll("~1", "/").replaceAll("~0", "~"));
  if (steps.length > mostSteps) return fault(`has more than ${mostSteps} steps`);
  if (steps.at(-1) === "*") return fault("does not end with a name", "name the member: /items/*/secret");
  return steps;
}

const pointer = z.string().superRefine((text, context) => {
  const steps = parsePointer(text);
  if (steps instanceof Fault) addFault(context, steps);
});
const memberName = parsed({ description: "A member's name.", hint: "write a name" }, (text) =>
  text.length <= 256 ? text : new Fault("invalidText", "this name is too long", "write 256 characters at most"),
);

/** Of what YAML holds, all but infinity and what is no number. */
function isJson(value: unknown): boolean {
  if (typeof value === "number") return Number.isFinite(value);
  return typeof value !== "object" || value === null || Object.values(value).every(isJson);
}

const mostValueBytes = 16_384;
const value = z
  .unknown()
  .superRefine((one, context) => {
    if (!isJson(one)) addFault(context, new Fault("outOfRange", "JSON has no such number", "write a finite number"));
    else if (Buffer.byteLength(JSON.stringify(one)) > mostValueBytes)
      addFault(context, new Fault("outOfRange", "this value is larger than 16 KiB", "let the service send it"));
  })
  .meta({ description: "Any value." });
const record = <Value extends z.ZodType>(description: string, of: Value) =>
  z
    .record(pointer, of, { error: "write `pointer: value`, one for each" })
    .meta({ description })
    .prefault({} as never);

/** What becomes of members. */
export const jsonEdits = mapping(
  {
    rename: record("Members that get another name.", memberName),
    remove: list(
      parsed({ description: "A member, as JSON Pointer.", hint: pointerHint }, (text) => {
        const steps = parsePointer(text);
        return steps instanceof Fault ? steps : text;
      }),
      { description: "Members that are taken out.", hint: "write a list of JSON Pointers" },
      { unique: false }, // checkEdits looks at all pointers
    ).prefault([]),
    set: record("Members that get this value, also those that are not there.", value),
  },
  "Edits of members, by JSON Pointers to them as the service sends them.",
  "write { remove: [/internal] }",
).superRefine(checkEdits);

interface WrittenEdits {
  readonly rename: Readonly<Record<string, string>>;
  readonly remove: readonly string[];
  readonly set: Readonly<Record<string, unknown>>;
}

function checkEdits({ rename, remove, set }: WrittenEdits, context: z.RefinementCtx): void {
  const seen = new Map<string, string>();
  const visit = (pointer: string, path: (string | number)[]) => {
    const first = seen.get(pointer);
    const message = `${pointer} is named here and under ${first}`;
    if (first !== undefined) addFault(context, new Fault("contradiction", message, "keep one of them"), path);
    seen.set(pointer, String(path[0]));
  };
  for (const [from, to] of Object.entries(rename)) {
    visit(from, ["rename", from]);
    visit(`${from.slice(0, from.lastIndexOf("/"))}/${to.replaceAll("~", "~0").replaceAll("/", "~1")}`, [
      "rename",
      from,
    ]);
  }
  for (const [index, key] of remove.entries()) visit(key, ["remove", index]);
  for (const key of Object.keys(set)) visit(key, ["set", key]);
  const count = Object.keys(rename).length + remove.length + Object.keys(set).length;
  if (count === 0) addFault(context, new Fault("outOfRange", "json is empty", "write what it changes, or take it out"));
  if (count > mostEdits)
    addFault(context, new Fault("outOfRange", `json has more than ${mostEdits} edits`, "let the service do it"));
}

/** The edits one by one, their pointers as steps. */
export function editsOf({ rename, remove, set }: WrittenEdits): BodyEdit[] {
  const path = (pointer: string) => parsePointer(pointer) as readonly string[];
  return [
    ...Object.entries(rename).map(([from, to]) => ({ path: path(from), kind: "rename" as const, value: to })),
    ...remove.map((from) => ({ path: path(from), kind: "remove" as const })),
    ...Object.entries(set).map(([at, value]) => ({ path: path(at), kind: "set" as const, value })),
  ];
}
