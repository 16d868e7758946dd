// An inventory from text, with the place of whatever is wrong in it. Pure, never throws.
import { readDocument } from "../document.ts";
import { type Finding, formatPath, type Issue } from "../issue.ts";
import { parseSpec } from "../parse.ts";
import { issueAt, offsetOf } from "../place.ts";
import { schemaFindings } from "../schema-findings.ts";
import type { Spec } from "../types.ts";
import { checkInventory } from "./check.ts";
import type { Inventory, InventoryHost } from "./inventory.ts";
import { inventorySchema, type WrittenInventory } from "./schema.ts";

/** Three thousand hosts with five keys each fit. */
export const maxInventoryBytes = 8 * 1024 * 1024;

export interface ParsedInventory {
  /** Absent when an issue is an error, and with it `spec`. */
  readonly inventory?: Inventory;
  /** Of the inventory's file. */
  readonly spec?: Spec;
  /** In the order of the text. */
  readonly issues: readonly Issue[];
}

const maxIssues = 200;

/** Reads and checks a whole inventory, and the file in it. */
export function readInventory(input: string | Uint8Array): ParsedInventory {
  const { document, issues } = readDocument(input, maxInventoryBytes);
  if (!document) return { issues };
  const { value, root, lines } = document;
  const place = (one: Finding) => issueAt(lines, offsetOf(root, one.path, one.at ?? "value"), one);
  const read = inventorySchema.safeParse(value, { reportInput: true });
  if (!read.success) return { issues: inOrder([...issues, ...schemaFindings(read.error.issues).map(place)]) };

  const parsed = parseSpec(read.data.file);
  const filePlace = issueAt(lines, offsetOf(root, ["file"], "value"), nowhere);
  const ofFile = parsed.issues.map((issue) => within(issue, input, read.data.file, filePlace));
  const inventory = inventoryOf(read.data);
  const ofInventory = checkInventory(inventory, read.data, parsed.spec).map(place);
  const all = inOrder([...issues, ...ofInventory, ...ofFile]);
  if (!parsed.spec || all.some(({ severity }) => severity === "error")) return { issues: all };
  return { inventory, spec: parsed.spec, issues: all };
}

function inventoryOf({ authority, hosts, until = {}, file }: WrittenInventory): Inventory {
  const read = Object.entries(hosts).map(([name, host]): [string, InventoryHost] => {
    const { ipv4, ipv6, removedAt, waits, identity, joinedAt, keys = [], tags = [], ephemeral, credentialUntil } = host;
    const isMember = identity !== undefined && joinedAt !== undefined;
    const optional = { ...(ephemeral && { ephemeral }), ...(credentialUntil !== undefined && { credentialUntil }) };
    return [
      name,
      {
        ipv4,
        ipv6,
        ...(isMember && { member: { identity, tags, joinedAt, keys, ...optional } }),
        ...(waits && { waits: true as const }),
        ...(removedAt !== undefined && { removedAt }),
      },
    ];
  });
  return { authority, hosts: Object.fromEntries(read), until, file };
}

const nowhere: Finding = { severity: "error", code: "", path: ["file"], message: "", hint: "" };

/** An issue of the file where it stands in the inventory: line by line in a block, else at the text's beginning. */
function within(issue: Issue, input: string | Uint8Array, file: string, { line, column }: Issue): Issue {
  const outer = (typeof input === "string" ? input : new TextDecoder().decode(input)).split(/\r?\n/);
  const [shown, own] = [outer[line + issue.line - 1], file.split("\n")[issue.line - 1]];
  const path = issue.path === "" ? "file" : `${formatPath(["file"])}.${issue.path}`;
  if (shown === undefined || own === undefined || !shown.endsWith(own)) return { ...issue, line, column, path };
  return { ...issue, line: line + issue.line, column: issue.column + shown.length - own.length, path };
}

function inOrder(issues: readonly Issue[]): readonly Issue[] {
  return issues.toSorted((a, b) => a.line - b.line || a.column - b.column).slice(0, maxIssues);
}
