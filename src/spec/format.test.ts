import assert from "node:assert/strict";
import { test } from "node:test";
import { formatSpec } from "./format.ts";

test("sections take their order, brackets their form, and comments stay with what they are about", () => {
  const text = `# about the file

routes:   # all of them
    - {name: orders,hosts: ["a.example"]}   # the first

# about hosts
hosts:
      # about a
      a:   {tags: [ x,y ]}
      b:
network:
    name:   acme
version: 1
# the end
`;
  assert.equal(
    formatSpec(text).text,
    `# about the file

version: 1
network:
  name: acme

# about hosts
hosts:
  # about a
  a: { tags: [x, y] }
  b:
routes:
  # all of them
  - { name: orders, hosts: ["a.example"] } # the first
# the end
`,
  );
});

test("brackets that are too long for a line become lines; brackets with comments keep them", () => {
  const long = `version: 1\nhosts: { a: { tags: [${Array.from({ length: 12 }, (_, index) => `tag-number-${index}`).join(", ")}] } }\n`;
  assert.match(formatSpec(long).text!, /^hosts:\n {2}a:\n {4}tags:\n {6}- tag-number-0\n/m);
  const commented = "access: [\n  { from: [all] }, # everyone\n  { to: [all] }\n]\n";
  assert.equal(formatSpec(commented).text, "access:\n  [\n    { from: [all] }, # everyone\n    { to: [all] }\n  ]\n");
});

test("an alias stays below its anchor: such files keep their order", () => {
  const text = "hosts: { a: { tags: &tags [x] } }\nversion: 1\nnetwork: { name: *tags }\n";
  assert.equal(formatSpec(text).text, text);
});

test("a block without text is an empty text, and does not grow", () => {
  assert.equal(formatSpec("version: >-\n#").text, 'version: ""\n#\n');
  assert.equal(formatSpec("version: |+\n\nhosts: {}\n").text, 'version: "\\n"\nhosts: {}\n');
});

test("what cannot be read is not formatted, and says why", () => {
  const { text, issues } = formatSpec("a: [\n");
  assert.equal(text, undefined);
  assert.equal(issues[0]?.code, "yamlSyntax");
  assert.equal(formatSpec("just a text\n").text, "just a text\n");
});

test("a section that moves to the top leaves its blank line to the one that was there", () => {
  const texts = [
    "routes: []\n\nversion: 1\n",
    "# about\nroutes: []\n\n# one\nversion: 1\n",
    "# a\n\nroutes: []\n\nversion: 1\n",
  ];
  for (const text of texts) {
    const once = formatSpec(text).text!;
    assert.match(once, /version: 1\n\n/);
    assert.equal(formatSpec(once).text, once);
  }
});

test("a comment below an empty value stays with what it is written above", () => {
  const kept = `hosts:
  a:
  # about b
  b: # in place
  # about c
  c:

# about the routes
routes:
  - a
`;
  assert.equal(formatSpec(kept).text, kept);
  const moved = formatSpec("\n# about foo\nfoo: 1\nhosts:\n  a:\nedge:\n").text;
  assert.equal(moved, "hosts:\n  a:\nedge:\n# about foo\nfoo: 1\n");
  assert.equal(formatSpec(moved).text, moved);
});
