// docs/file.md: every key of the file with its default and meaning, from the schema.
import { type JsonSchema, specJsonSchema } from "./json-schema.ts";

interface Key {
  readonly path: string;
  readonly schema: JsonSchema;
  readonly isRequired: boolean;
}

/** The page. */
export function filePage(): string {
  const { properties } = specJsonSchema() as { properties: Record<string, JsonSchema> };
  const sections = Object.entries(properties).map(([name, schema]) => section(name, schema));
  return `${introduction}\n${sections.join("\n")}`;
}

const introduction = `# Every key of portway.yaml

Keys below \`NAME\` stand for each thing of that name, those below \`[]\` for each entry of a list. Durations are \`500ms\`, \`5s\`, \`10m\`, \`2h\`, \`30d\`;
sizes \`64KiB\`, \`10MiB\`; rates \`100/s\`, \`5/m\`; shares \`20%\`. Hosts are chosen by selectors: \`tag:api\`, \`role:edge\`, \`db-1\` or \`all\`. A route's
\`use\` has the same plugins as a policy. \`portway schema\` prints a JSON Schema for editors, \`portway validate\` checks more than forms.
This page is made from the schema: \`node scripts/file-page.ts\`.
`;

/** Plugins stand under policies alone: a route's \`use\` is the same mapping. */
const shownElsewhere = "routes[].use.";

function section(name: string, schema: JsonSchema): string {
  const keys = [...keysOf(name, schema, false)].filter(({ path }) => !path.startsWith(shownElsewhere));
  const rows = keys.map(({ path, schema: field, isRequired }) => {
    const fallback = isRequired ? "required" : shown(field["default"]);
    return `| \`${path}\` | ${fallback} | ${about(field)} |`;
  });
  if (rows.length === 0) return `## ${name}\n\n${about(schema)}\n`;
  return `## ${name}\n\n${about(schema)}\n\n| key | unless told | what |\n|---|---|---|\n${rows.join("\n")}\n`;
}

/** Every key below a field, those of each way to write it. */
function* keysOf(path: string, schema: JsonSchema, isNamed: boolean): Generator<Key> {
  const {
    properties,
    additionalProperties,
    items,
    anyOf,
    required = [],
  } = schema as {
    properties?: Record<string, JsonSchema>;
    additionalProperties?: JsonSchema | boolean;
    items?: JsonSchema;
    anyOf?: readonly JsonSchema[];
    required?: readonly string[];
  };
  const seen = new Set<string>();
  for (const branch of anyOf ?? []) {
    for (const key of keysOf(path, branch, isNamed)) {
      if (!seen.has(key.path)) yield key;
      seen.add(key.path);
    }
  }
  for (const [name, field] of Object.entries(properties ?? {})) {
    yield { path: `${path}.${name}`, schema: field, isRequired: required.includes(name) };
    yield* keysOf(`${path}.${name}`, field, isNamed);
  }
  if (typeof additionalProperties === "object") yield* keysOf(`${path}.NAME`, additionalProperties, true);
  if (items) yield* keysOf(`${path}[]`, items, isNamed);
}

function about(schema: JsonSchema): string {
  const {
    description = "",
    enum: words,
    minimum,
    maximum,
  } = schema as {
    description?: string;
    enum?: readonly unknown[];
    minimum?: number;
    maximum?: number;
  };
  const range = minimum !== undefined && maximum !== undefined ? ` ${minimum} to ${maximum}.` : "";
  const choice = words && words.length > 1 ? ` One of ${words.map((word) => `\`${String(word)}\``).join(", ")}.` : "";
  return `${description}${range}${choice}`.replaceAll("|", "\\|").replaceAll("\n", " ").trim();
}

function shown(fallback: unknown): string {
  if (fallback === undefined) return "";
  const text = typeof fallback === "string" ? fallback : JSON.stringify(fallback);
  return text === "{}" || text === "[]" ? "" : `\`${text.replaceAll("|", "\\|")}\``;
}
