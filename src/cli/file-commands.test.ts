import assert from "node:assert/strict";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, suite, test } from "node:test";
import { writeIdentity } from "../lib/identity.ts";
import { runCaptured } from "./harness.ts";

const valid = `version: 1
network: { name: acme, ipv4: 10.77.0.0/16 }
hosts:
  edge-1: { roles: [edge], endpoint: edge.example.com:51820 }
  api-1: {} # behind a NAT
`;
const invalid = "version: 1\nnetwork: { name: acme, ipv4: 10.77.0.0/16 }\nhosts: { Api: {} }\nroutez: []\n";

suite("commands on the file", () => {
  let folder: string;
  let file: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "portway-file-"));
    file = join(folder, "portway.yaml");
    writeFileSync(file, valid);
  });
  afterEach(() => rmSync(folder, { recursive: true }));
  const text = () => readFileSync(file, "utf8");
  /** No control answers here. */
  const run = (...words: string[]) => runCaptured([...words, "--run-dir", folder]);

  test("validate says where each error is and what to do, and ends with 1", async () => {
    assert.deepEqual(await run("validate", file), { status: 0, out: `${file}: valid\n`, err: "" });
    writeFileSync(file, invalid);
    const { status, out, err } = await run("validate", file);
    assert.equal(status, 1);
    assert.match(out, /not valid \(2 errors, 0 warnings\)/);
    assert.match(err, new RegExp(`^${file}:3:10: error: .+\\n {4}\\S.+\\n${file}:4:1: error: .*routez`));
  });

  test("a file that cannot be read ends with 1, which of plan says an error, and 2 changes", async () => {
    for (const command of ["validate", "plan", "fmt"]) {
      const missing = await run(command, join(folder, "no.yaml"));
      assert.equal(missing.status, 1);
      assert.match(missing.err, /^portway: there is no \S+no\.yaml here\n.*portway init/);
      const unreadable = await run(command, folder);
      assert.equal(unreadable.status, 1);
      assert.match(unreadable.err, /^portway: \S+ is a folder\n {2}name the file in it\n$/);
    }
    const noInventory = await run("inventory", "import", join(folder, "no.yaml"));
    assert.match(noInventory.err, /`portway inventory export FILE` writes one/);
  });

  test("validate --json has a stable shape", async () => {
    writeFileSync(file, invalid);
    const { status, out, err } = await run("validate", file, "--json");
    const answer = JSON.parse(out);
    assert.deepEqual([status, err, Object.keys(answer)], [1, "", ["file", "valid", "issues"]]);
    assert.equal(answer.valid, false);
    for (const issue of answer.issues) {
      const fields = ["severity", "code", "line", "column", "path", "message", "hint"];
      assert.deepEqual(Object.keys(issue).sort(), fields.sort());
    }
  });

  test("plan and apply refuse a file with errors before they ask control", async () => {
    writeFileSync(file, invalid);
    for (const command of ["plan", "apply"]) {
      const { status, err } = await run(command, file);
      assert.equal(status, 1);
      assert.match(err, /:3:10: error: [\s\S]*portway: .*portway\.yaml is not valid: 2 errors/);
      const problem = JSON.parse((await run(command, file, "--json")).err);
      assert.deepEqual([problem.code, problem.details.issues.length], ["invalidSpec", 2]);
    }
  });

  test("fmt rewrites a file in its usual form, once, and keeps comments, permissions and links", async () => {
    writeFileSync(file, `hosts:\n    api-1:   {}   # behind a NAT\nversion: 1\n`);
    chmodSync(file, 0o640);
    const link = join(folder, "link.yaml");
    symlinkSync(file, link);
    assert.equal((await run("fmt", "--check", link)).status, 1);
    assert.equal((await run("fmt", link)).status, 0);
    assert.match(text(), /^version: 1\nhosts:\n {2}api-1: \{\} # behind a NAT\n$/);
    assert.equal(statSync(file).mode & 0o777, 0o640);
    assert.deepEqual(await run("fmt", "--check", link), { status: 0, out: "", err: "" });
    assert.deepEqual(JSON.parse((await run("fmt", file, "--json")).out), { file, changed: false });
  });

  test("fmt leaves a file alone that cannot be read", async () => {
    writeFileSync(file, "hosts: [\n");
    const { status, err } = await run("fmt", file);
    assert.equal(status, 1);
    assert.match(err, /cannot be read: 1 error/);
    assert.equal(text(), "hosts: [\n");
  });

  test("init writes a valid file, and replaces one only with --force", async () => {
    const words = ["init", file, "--network", "home", "--host", "vps", "--endpoint", "vps.example.com:51820"];
    assert.equal((await run(...words)).status, 2);
    assert.equal(text(), valid);
    assert.equal((await run(...words, "--force")).status, 0);
    assert.equal((await run("validate", file)).status, 0);
    assert.match(text(), /name: home[\s\S]*vps: \{ roles: \[edge, relay\], endpoint: "vps\.example\.com:51820" \}/);
  });

  test("init takes an endpoint without a port as the file does, and writes the port", async () => {
    for (const [given, full] of [
      ["vps", "vps:51820"],
      ["::1", "[::1]:51820"],
      ["198.51.100.7:4000", "198.51.100.7:4000"],
    ] as const) {
      const { out } = await run("init", file, "--force", "--host", "vps", "--endpoint", given);
      assert.ok(out.includes(`public host vps at ${full}\n`), out);
      assert.ok(text().includes(`endpoint: "${full}"`), text());
    }
  });

  test("init refuses names and endpoints that the file could not hold", async () => {
    for (const wrong of [
      ["--network", "No Name"],
      ["--host", "a.b"],
      ["--endpoint", "nowhere:99999"],
    ]) {
      assert.equal((await run("init", join(folder, "new.yaml"), ...wrong)).status, 2, wrong.join(" "));
    }
  });

  test("init makes no folder: one that is not there is a slip of the pen", async () => {
    const missing = join(folder, "no", "such");
    const { status, err } = await run("init", join(missing, "portway.yaml"), "--host", "vps");
    assert.equal(status, 1);
    assert.match(err, /there is no folder \S+no\/such\n {2}make it/);
    assert.ok(!existsSync(join(folder, "no")));
  });

  test("schema is JSON that an editor can use", async () => {
    const schema = JSON.parse((await run("schema")).out);
    assert.equal(schema.$schema, "http://json-schema.org/draft-07/schema#");
  });

  test("expose edits the file also where no control can plan, and keeps its comments", async () => {
    const { status, out, err } = await run("expose", "api-1:8080", "--host", "api.example.com", "--file", file);
    assert.equal(status, 0);
    assert.match(out, /^\+ access: .*\n\+ services: .*\n\+ routes: /);
    assert.match(err, /no plan: no control answers/);
    assert.match(text(), /api-1: \{\} # behind a NAT/);
    assert.equal((await run("validate", file)).status, 0);
  });

  test("expose says of a file with errors where, and how they are all seen", async () => {
    writeFileSync(file, invalid);
    const { status, err } = await run("expose", "api-1:8080", "--host", "api.example.com", "--file", file);
    assert.equal(status, 1);
    assert.match(
      err,
      /portway\.yaml is not valid: line 3: .*\n {2}mend it first: portway validate \S+portway\.yaml\n$/,
    );
    assert.equal(text(), invalid);
  });

  test("a bundle is not written into a folder that is not there, and the answer is no fault of Portway", async () => {
    const { status, err } = await run("debug", "bundle", "--output", join(folder, "no", "bundle.tar.gz"));
    assert.equal(status, 2);
    assert.match(err, /^portway: there is no folder \S+\/no\n {2}name another file with --output\n$/);
  });

  test("expose changes nothing when the host is not in the file", async () => {
    const { status, err } = await run("expose", "api-9:8080", "--host", "api.example.com", "--file", file);
    assert.equal(status, 1);
    assert.match(err, /api-9[\s\S]*edge-1, api-1|api-9[\s\S]*api-1, edge-1/);
    assert.equal(text(), valid);
  });

  test("a command that needs control says where it looked", async () => {
    for (const words of [["status"], ["hosts"], ["routes"], ["token"], ["audit"], ["events"], ["plan", file]]) {
      const { status, err } = await run(...words);
      assert.equal(status, 1, words.join(" "));
      assert.match(err, new RegExp(`no control answers on ${folder}/control.sock\\n  .*portway up`), words.join(" "));
    }
  });

  test("on a host that has joined it says where control is", async () => {
    const state = join(folder, "state");
    const pems = { keyPem: "key", certificatePem: "certificate", caPem: "ca" };
    const identity = { ...pems, name: "api-1", network: "acme", controlUrls: ["https://vps.example.com:7443"] };
    writeIdentity(join(state, "identity"), identity);
    const asked = () => run("status", "--state-dir", state);
    assert.match(
      (await asked()).err,
      /this machine is api-1 of acme, whose control is at https:\/\/vps\.example\.com:7443: run this there/,
    );
    mkdirSync(join(state, "control"));
    assert.match((await asked()).err, /run this on the control host/);
  });
});
