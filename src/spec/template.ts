// Templates in values: `{client.ip}`, `{header.X-Tenant}` and so on, filled in for each request. They are read here; the
// gateway only puts the parts together.
import { Fault, quote } from "./issue.ts";

const sources = ["client", "request", "path", "header", "query", "jwt"] as const;

/** What a template names: `client.ip`, `request.id`, or one value of a kind by name. */
export interface TemplateField {
  readonly from: (typeof sources)[number];
  readonly name: string;
}

/** Text that stands as it is, or what a request has. */
export type TemplatePart = string | TemplateField;

const hint =
  "write {client.ip}, {request.id}, {path.NAME}, {header.NAME}, {query.NAME} or {jwt.CLAIM}, or {{ for a brace";
const mostFields = 16;
/** `{{`, or a word, a dot and a name in braces: other braces are text. */
const grammar = /\{\{|\{([A-Za-z]+)\.([^{}\s]{1,128})\}/g;

/** The parts of a value; a Fault when it names what no request has. */
export function parseTemplate(text: string): readonly TemplatePart[] | Fault {
  const parts: TemplatePart[] = [];
  let literal = "";
  let end = 0;
  for (const match of text.matchAll(grammar)) {
    literal += text.slice(end, match.index);
    end = match.index + match[0].length;
    if (match[0] === "{{") {
      literal += "{";
      continue;
    }
    const field = fieldOf(match[1]!, match[2]!);
    if (!field) return new Fault("unknownTemplate", `a template knows nothing of ${quote(match[0])}`, hint);
    if (literal !== "") parts.push(literal);
    literal = "";
    parts.push(field);
  }
  literal += text.slice(end);
  if (literal !== "") parts.push(literal);
  if (parts.filter((part) => typeof part !== "string").length <= mostFields) return parts;
  return new Fault("outOfRange", `this value has more than ${mostFields} templates`, "split it over several values");
}

/** What a value that was checked before takes from the request. */
export function fieldsOf(text: string): readonly TemplateField[] {
  const parts = parseTemplate(text);
  return parts instanceof Fault ? [] : parts.filter((part) => typeof part !== "string");
}

function fieldOf(source: string, name: string): TemplateField | undefined {
  const from = sources.find((one) => one === source);
  if (from === "client") return name === "ip" ? { from, name } : undefined;
  if (from === "request") return name === "id" ? { from, name } : undefined;
  if (from === "header") return /^[A-Za-z0-9-]+$/.test(name) ? { from, name: name.toLowerCase() } : undefined;
  if (from === "path") return /^[A-Za-z]\w*$/.test(name) ? { from, name } : undefined;
  return from && { from, name };
}
