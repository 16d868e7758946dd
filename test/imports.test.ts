// Who may import whom, with the reason: the architecture as a test.
import assert from "node:assert/strict";
import { globSync, readFileSync } from "node:fs";
import { dirname, relative, resolve } from "node:path";
import { test } from "node:test";

const root = resolve(import.meta.dirname, "..");

/** The folders of src that a folder may import besides itself, and why. */
const rules: Record<
  string,
  { readonly may: readonly string[]; readonly typesOnly?: readonly string[]; readonly why: string }
> = {
  net: { may: [], why: "addresses are arithmetic: a leaf" },
  lib: { may: [], why: "leaf helpers know nothing of Portway" },
  wire: { may: ["net"], why: "what crosses a process is a leaf, so that both sides can be replaced" },
  spec: { may: ["net"], why: "the file's language does not depend on who reads it" },
  plan: { may: ["spec", "net", "wire"], why: "the compiler is pure: no store, no process, no clock" },
  registry: { may: ["lib"], why: "a store knows keys and values, not what they mean" },
  control: {
    may: ["registry", "plan", "spec", "wire", "net", "lib"],
    why: "control alone joins file, store and compiler",
  },
  host: { may: ["wire", "lib"], why: "how a host's programs talk to control, the same for each of them" },
  agent: { may: ["host", "wire", "net", "lib"], why: "a host does what it is told and knows no file" },
  edge: { may: ["host", "wire", "net", "lib"], why: "an edge does what it is told and knows no file" },
  gateway: { may: [], typesOnly: ["wire"], why: "it runs in LuaJIT, where nothing of Node exists" },
  cli: { may: ["wire", "spec", "plan", "net", "lib"], why: "the command line is a client of the control API" },
  web: { may: ["wire", "net"], why: "the dashboard is a client of the control API" },
};
/** Programs that the command line starts without importing more than their main function. */
const entryPoints = new Set(["src/control/main.ts", "src/agent/main.ts", "src/edge/main.ts"]);

/** What explains the router's choice is the router: it is pure, and runs in Node as it is. */
const sharedRouter = { from: "src/cli/route-explain/", to: "src/gateway/routing/" };

const importPattern =
  /^\s*(?:import|export)\s+(type\s)?[^"';()]*?\sfrom\s+"([^"]+)"|^\s*import\s+"([^"]+)"|import\("([^"]+)"\)/gm;

interface Import {
  readonly file: string;
  readonly target: string;
  readonly typeOnly: boolean;
  readonly dynamic: boolean;
}

function importsOf(file: string): Import[] {
  const text = readFileSync(resolve(root, file), "utf8");
  return [...text.matchAll(importPattern)].map((match) => ({
    file,
    target: match[2] ?? match[3] ?? match[4] ?? "",
    typeOnly: Boolean(match[1]),
    dynamic: Boolean(match[4]),
  }));
}

const sources = globSync("src/**/*.{ts,tsx}", { cwd: root });
const isTest = (file: string) => file.endsWith(".test.ts");

function folderOf(file: string): string {
  return file.split("/")[1] ?? "";
}

test("every folder of src has an import rule", () => {
  for (const file of sources) assert.ok(rules[folderOf(file)], `${file}: no rule for src/${folderOf(file)}`);
});

test("folders import only what the design allows", () => {
  const wrong: string[] = [];
  for (const one of sources.flatMap(importsOf)) {
    if (!one.target.startsWith(".")) continue;
    const target = relative(root, resolve(root, dirname(one.file), one.target));
    const [from, to] = [folderOf(one.file), folderOf(target)];
    const rule = rules[from];
    if (!target.startsWith("src/")) {
      if (!isTest(one.file) && !target.endsWith("package.json"))
        wrong.push(`${one.file} imports ${target}: src stands alone`);
      continue;
    }
    if (!rule || from === to || rule.may.includes(to)) continue;
    if (one.typeOnly && rule.typesOnly?.includes(to)) continue;
    if (from === "cli" && one.dynamic && entryPoints.has(target)) continue;
    if (one.file.startsWith(sharedRouter.from) && target.startsWith(sharedRouter.to)) continue;
    wrong.push(
      `${one.file} imports ${target}: src/${from} may import ${rule.may.join(", ") || "nothing"} (${rule.why})`,
    );
  }
  assert.deepEqual(wrong, []);
});

test("only lib/exec.ts starts processes", () => {
  const wrong = sources.filter((file) => file !== "src/lib/exec.ts" && !isTest(file)).flatMap(importsOf);
  const starters = wrong.filter((one) => /^(node:)?child_process$/.test(one.target) && !one.typeOnly);
  assert.deepEqual(
    starters.map((one) => one.file),
    [],
  );
});

test("only the registry knows SQL", () => {
  const wrong = sources
    .flatMap(importsOf)
    .filter((one) => one.target === "node:sqlite" && folderOf(one.file) !== "registry");
  assert.deepEqual(
    wrong.map((one) => one.file),
    [],
  );
});

test("the compiler and the leaves do no I/O", () => {
  const pure = sources.filter((file) => ["net", "plan", "wire", "spec"].includes(folderOf(file)) && !isTest(file));
  const wrong = pure.flatMap(importsOf).filter((one) => one.target.startsWith("node:") && one.target !== "node:crypto");
  assert.deepEqual(
    wrong.map((one) => `${one.file}: ${one.target}`),
    [],
  );
});

test("a type-only import of the gateway stays type-only", () => {
  const wrong = sources.filter((file) => folderOf(file) === "gateway" && !isTest(file)).flatMap(importsOf);
  assert.deepEqual(
    wrong.filter((one) => one.target.startsWith("node:")).map((one) => one.file),
    [],
  );
});
