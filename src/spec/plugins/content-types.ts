// contentTypes: which kinds of body the route takes.
import { list, parsed } from "../fields.ts";
import { Fault, quote } from "../issue.ts";

const hint = "write a list of media types: [application/json]";

/** `application/json` or `image/*`, lower-case and without parameters. */
export function checkMediaType(text: string): string | Fault {
  const fault = (reason: string, more = hint) => new Fault("invalidMediaType", `${quote(text)} ${reason}`, more);
  if (text.includes(";"))
    return fault("has parameters", `write ${text.split(";")[0]!.trim()}: parameters are not compared`);
  if (!/^[\w!#$&^.+-]+\/([\w!#$&^.+-]+|\*)$/.test(text)) return fault("is not a media type");
  return text.toLowerCase();
}

export const contentTypesSchema = list(
  parsed({ description: "A media type, or image/* for all of a kind.", hint }, checkMediaType),
  { description: "Request bodies of other types are refused with 415.", hint },
  { min: 1, max: 100 },
);
