// What a route asks of a request's headers and query.
import { z } from "zod";
import { addFault, mapping, plainText } from "../fields.ts";
import { Fault, quote } from "../issue.ts";
import { isHeaderName, isHeaderValue } from "../plugins/header-names.ts";
import type { Condition } from "../route-types.ts";

type Asked = Omit<Condition, "name">;

const hint = 'write a value in quotes, { prefix: "v1." } or { present: true }';
const maxConditions = 32;

const text = plainText("The value.", "write text, in quotes when it is a number");

const asked = z
  .union(
    [
      plainText("The value that it must have.", hint).transform((value): Asked => ({ match: "exact", value })),
      mapping(
        {
          prefix: text.optional(),
          present: z.literal(true, { error: "write present: true" }).meta({ description: "There is one." }).optional(),
        },
        "How the value begins, or that there is one.",
        hint,
      ).transform(({ prefix, present }, context): Asked => {
        if ((prefix === undefined) === (present === undefined))
          addFault(context, new Fault("contradiction", "a condition is one of prefix and present", hint));
        return prefix === undefined ? { match: "present", value: "" } : { match: "prefix", value: prefix };
      }),
    ],
    { error: hint },
  )
  .meta({ description: "The value, how it begins ({ prefix: … }), or that there is one ({ present: true })." });

function conditions(description: string, check: (name: string, asked: Asked) => Fault | undefined) {
  return z
    .record(z.string(), asked, { error: "write `name: value`, one for each" })
    .superRefine((written, context) => {
      const names = Object.keys(written);
      if (names.length > maxConditions)
        addFault(context, new Fault("outOfRange", "a route asks for too much", `write ${maxConditions} at most`));
      for (const name of names) {
        const fault = check(name, written[name]!);
        if (fault) addFault(context, fault, [name]);
      }
    })
    .meta({ description });
}

function checkHeader(name: string, { value }: Asked): Fault | undefined {
  const header = (sentence: string, hint: string) => new Fault("invalidHeader", sentence, hint);
  if (!isHeaderName(name)) return header(`${quote(name)} is not a header name`, "write a name such as X-Version");
  if (!/^[A-Za-z0-9-]{1,100}$/.test(name))
    return header(`routes are not matched on ${quote(name)}`, "use a name of up to 100 letters, digits and hyphens");
  if (name.toLowerCase() === "host") return header("Host is matched by hosts", "write it under hosts");
  if (!isHeaderValue(value)) return header("no header has this value", "use visible ASCII characters");
  return undefined;
}

/** Names of one header in two spellings are one header. */
export const headerConditions = conditions("Headers it asks for, all of them.", checkHeader).superRefine(
  (written, context) => {
    const seen = new Set<string>();
    for (const name of Object.keys(written)) {
      if (seen.has(name.toLowerCase()))
        addFault(context, new Fault("duplicateEntry", `${name} is named twice`, "keep one"), [name]);
      seen.add(name.toLowerCase());
    }
  },
);

export const queryConditions = conditions("Parameters of the query it asks for, all of them.", (name) =>
  /^\P{Cc}{1,256}$/u.test(name) ? undefined : new Fault("invalidText", "this parameter has no usable name", hint),
);
