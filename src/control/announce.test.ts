import assert from "node:assert/strict";
import { test } from "node:test";
import type { Warning } from "../wire/warnings.ts";
import { announcer } from "./announce.ts";

const warning = (code: string, subject: string, part?: string, text = `${subject} ${part}`): Warning => ({
  ...{ code, severity: "warning", subject, text, hint: "" },
  ...(part !== undefined && { part }),
});

test("each warning is told once when it comes and once when it is gone, also of several with one code and host", () => {
  const told: string[] = [];
  const announce = announcer({ publish: ({ kind, subject, text }) => told.push(`${kind} ${subject}: ${text}`) });
  const orders = warning("breakerOpen", "edge-1", "orders");
  const search = warning("breakerOpen", "edge-1", "search");
  const steps: readonly (readonly Warning[])[] = [
    [orders],
    [orders, search],
    [search, orders],
    [{ ...search, text: "said otherwise" }],
    [],
  ];
  const heard = steps.map((warnings) => {
    announce(warnings);
    return told.splice(0);
  });
  assert.deepEqual(heard, [
    ["raised.breakerOpen edge-1: edge-1 orders"],
    ["raised.breakerOpen edge-1: edge-1 search"],
    [],
    ["cleared.breakerOpen edge-1: no longer: edge-1 orders"],
    ["cleared.breakerOpen edge-1: no longer: said otherwise"],
  ]);
});
