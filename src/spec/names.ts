// Names of hosts, tags, services, policies and routes: DNS labels, so that each can be part of a host name.
import { z } from "zod";
import { dnsLabelPattern, isDnsLabel } from "../net/dns-name.ts";
import { addFault, parsed } from "./fields.ts";
import { Fault, quote } from "./issue.ts";

/** A name: one DNS label. */
export function name(description: string) {
  return parsed(
    { description, hint: "write a name such as api-1, in quotes when it is a number", pattern: dnsLabelPattern },
    checkName,
  );
}

/** The keys of a mapping by name. */
export function byName<Value extends z.ZodType>(value: Value, description: string, check = checkName) {
  const key = z
    .string()
    .superRefine((text, context) => {
      const checked = check(text);
      if (checked instanceof Fault) addFault(context, checked);
    })
    .meta({ pattern: dnsLabelPattern.source });
  return z.record(key, value, { error: "write `name: …`, one for each" }).meta({ description });
}

/** A name, or what is wrong with it. */
export function checkName(text: string): string | Fault {
  if (isDnsLabel(text)) return text;
  const hint = suggestName(text);
  const fault = (reason: string) => new Fault("invalidName", `${quote(text)} is not a name: ${reason}`, hint);
  if (text === "") return fault("it is empty");
  if (text.length > 63) return fault(`it has ${text.length} characters, and 63 are the most`);
  if (/[A-Z]/.test(text)) return fault("names are lower case");
  if (text.includes(".")) return fault("names have no dots");
  return fault("names are made of a-z, 0-9 and hyphens inside");
}

function suggestName(text: string): string {
  const suggestion = text
    .slice(0, 63)
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^-+|-+$/g, "");
  return suggestion ? `write ${suggestion}` : "write a name such as api-1";
}

/** A host's name: words that select something else in rules are taken. */
export function checkHostName(text: string): string | Fault {
  const meaning = taken.get(text);
  if (meaning === undefined) return checkName(text);
  return new Fault("invalidName", `${quote(text)} is not a name for a host: it ${meaning}`, "choose another name");
}

const taken: ReadonlyMap<string, string> = new Map([
  ["all", "selects every host"],
  ["internet", "is what exit hosts lead to"],
]);
