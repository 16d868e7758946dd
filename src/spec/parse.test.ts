import assert from "node:assert/strict";
import { test } from "node:test";
import { parseSpec } from "./parse.ts";

const head = "version: 1\nnetwork: { name: acme }\n";

/** Issues as `line:column code: message | hint`. */
function issuesOf(input: string | Uint8Array): string[] {
  return parseSpec(input).issues.map(
    ({ line, column, code, message, hint }) => `${line}:${column} ${code}: ${message} | ${hint}`,
  );
}

// What is said of a wrong file's parts stands in test/golden/spec; here is what is said of a file as a whole.
const unreadable: readonly { what: string; input: string | Uint8Array; said: string }[] = [
  {
    what: "a file of 10 MB",
    input: "#".repeat(10_000_000),
    said: "1:1 fileTooLarge: the file is 10.0 MB; the limit is 1 MiB | is this the right file?",
  },
  {
    what: "bytes just over the limit, though fewer characters",
    input: Buffer.from("ä".repeat(530_000)),
    said: "1:1 fileTooLarge: the file is 1.1 MB; the limit is 1 MiB | is this the right file?",
  },
  {
    what: "a file of a million tokens",
    input: "\n".repeat(700_000),
    said: "400001:1 fileTooLarge: the file has more than 400,000 YAML tokens | is this the right file?",
  },
  {
    what: "text that is not UTF-8",
    input: Buffer.from([...Buffer.from("version: 1\nx: ä"), 0xe4]),
    said: "2:5 notUtf8: the file is not UTF-8 text | save it with the encoding UTF-8",
  },
  {
    what: "UTF-16",
    input: Buffer.from("\ufeffversion: 1", "utf16le"),
    said: "1:1 notUtf8: the file is not UTF-8 text | save it with the encoding UTF-8",
  },
  {
    what: "a NUL",
    input: `${head}hosts: { a\u0000: {} }`,
    said: "3:11 controlCharacter: the file has the control character \\u0000 here | take it out; was the file saved by another program or with another encoding?",
  },
  {
    what: "nothing",
    input: "",
    said: "1:1 emptyFile: the file says nothing | `portway init` writes one to start from",
  },
  {
    what: "comments alone",
    input: "# later\n",
    said: "1:1 emptyFile: the file says nothing | `portway init` writes one to start from",
  },
  {
    what: "a list",
    input: "- version: 1\n",
    said: "1:1 wrongType: the file must be a mapping, not a list | write `version: 1`, `network: …` and so on; `portway init` writes an example",
  },
  {
    what: "a million open brackets",
    input: "[".repeat(1_000_000),
    said: "1:64 tooDeep: values are nested too deeply here | is a bracket left open? The file needs fewer than 10 levels",
  },
  {
    what: "a million nested list items",
    input: "- ".repeat(500_000),
    said: "1:127 tooDeep: values are nested too deeply here | is a bracket left open? The file needs fewer than 10 levels",
  },
  {
    what: "a key that is a list",
    input: `${head}hosts: { [a]: {} }`,
    said: "3:10 invalidKey: a mapping has a key that is not a name | write `key: value`",
  },
];

for (const { what, input, said } of unreadable) {
  test(`${what}: ${said.slice(0, 70)}`, () => {
    assert.equal(parseSpec(input).spec, undefined);
    assert.deepEqual(issuesOf(input), [said]);
  });
}

test("aliases that multiply are refused before they cost anything", () => {
  const names = [..."bcdefghijk"];
  const bomb = names.map((name, index) => `${name}: &${name} [${`*${"abcdefghij"[index]}, `.repeat(9)}]`).join("\n");
  const [issue, ...more] = issuesOf(`a: &a [x, x, x, x, x, x, x, x, x]\n${bomb}\n`);
  assert.equal(
    issue,
    "5:8 tooManyAliases: aliases make more than 10,000 values of this file | write the values out; routes share plugins through `policies`",
  );
  assert.deepEqual(more, []);
});

test("a chain of aliases is not followed for ever", () => {
  const chain = Array.from({ length: 5000 }, (_, index) => `a${index + 1}: &a${index + 1} [*a${index}]`).join("\n");
  assert.match(issuesOf(`a0: &a0 []\n${chain}\n`).join("\n"), /tooDeep: values are nested too deeply here/);
});

test("an alias stands for what its anchor names", () => {
  const { spec } = parseSpec(`${head}hosts:\n  a: &host { tags: &tags [api] }\n  b: *host\n  c: { tags: *tags }\n`);
  assert.deepEqual(
    Object.values(spec!.hosts).map((host) => host.tags),
    [["api"], ["api"], ["api"]],
  );
});

test("errors of every kind come in one run, in the order of the file", () => {
  const codes = parseSpec(
    `${head}hosts: { A: {}, b: { tagz: [] } }\nroutes: [{ name: 5, hosts: [x.y], service: z }]\ndns: {}\n`,
  ).issues.map((issue) => issue.code);
  assert.deepEqual(codes, ["invalidName", "unknownKey", "wrongType", "unknownName", "notSupportedYet"]);
});

test("of very many issues the first 200 are shown, errors before warnings, and the rest is counted", () => {
  const routes = Array.from(
    { length: 150 },
    (_, index) => `- { name: r${index}, hosts: [h${index}.example], service: none }`,
  );
  const { issues } = parseSpec(`${head}hosts: { e: { roles: [edge] } }\nroutes:\n${routes.join("\n")}\n`);
  assert.equal(issues.length, 201);
  assert.equal(issues.filter((issue) => issue.code === "unknownName").length, 150);
  assert.equal(issues.at(-1)?.message, "the file has 100 more issues than the 200 that are shown");
});

test("a role that does not exist is not what another one could have been meant for", () => {
  const file = `${head}hosts: { edge-1: { roles: [Edge], endpoint: vps } }\naccess: [{ from: [role:edge], to: [all], allow: [any] }]\n`;
  const [, unselected] = issuesOf(file);
  assert.match(unselected ?? "", /no host of the file has the role edge \| give it to a host: \{ roles: \[edge\] \}/);
});

test("names that mean something to JavaScript are names like any other", () => {
  const { spec, issues } = parseSpec(
    `${head}hosts: { constructor: {} }\naccess: [{ from: [constructor], to: [all], allow: [any] }]\n`,
  );
  assert.deepEqual(issues, []);
  assert.deepEqual(Object.keys(spec!.hosts), ["constructor"]);
  assert.match(
    issuesOf(`${head}access: [{ from: [constructor], to: [all], allow: [any] }]\n`)[0]!,
    /there is no host "constructor"/,
  );
});

test("equal files give equal bytes, whatever the order of their names", () => {
  const a = parseSpec(`${head}hosts: { a: { tags: [x] }, b: {} }\n`).spec;
  const b = parseSpec(`network: { name: acme }\nhosts: { b: , a: { tags: [x] } }\nversion: 1\n`).spec;
  assert.equal(JSON.stringify(a), JSON.stringify(b));
});

test("a byte-order mark and Windows line ends change nothing", () => {
  const plain = parseSpec(`${head}hosts:\n  a:\n`).spec;
  assert.deepEqual(parseSpec(`\ufeff${head}hosts:\n  a:\n`.replaceAll("\n", "\r\n")).spec, plain);
});

test("a long text is cut where it is repeated", () => {
  const [issue] = issuesOf(`${head}hosts: { a: { endpoint: "${"x".repeat(5000)}" } }\n`);
  assert.ok(issue && issue.length < 300, `${issue}`);
});
