// One control's inventory, written and read by the command line, into another's empty registry:
//
//   control A ── portway inventory export ──▶ inventory.yaml ── portway inventory import ──▶ control B (another authority)
import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, suite, test } from "node:test";
import type { InventoryImported } from "../../src/wire/api.ts";
import type { HostsAnswer } from "../../src/wire/hosts.ts";
import { type ControlAlone, controlAlone } from "./control-alone.ts";

const yaml = `version: 1
network: { name: acme, ipv4: 10.77.0.0/16 } # ours
hosts:
  edge-1: { roles: [edge, relay], endpoint: edge.example.com:51820 }
  api-1: { tags: [api] }
`;

suite("an inventory by the command line", { timeout: 180_000 }, () => {
  let [one, other]: ControlAlone[] = [];
  let file: string;
  before(async () => {
    [one, other] = await Promise.all([controlAlone(yaml), controlAlone("")]);
    file = join(one!.file, "../inventory.yaml");
  });
  after(() => Promise.all([one?.close(), other?.close()]));
  const ok = async (control: ControlAlone, ...words: string[]) => {
    const { code, stdout, stderr } = await control.portway(...words);
    assert.equal(code, 0, stderr);
    return stdout;
  };
  const addresses = async (control: ControlAlone) =>
    (JSON.parse(await ok(control, "hosts", "--json")) as HostsAnswer).hosts.map(({ name, ipv4 }) => `${name} ${ipv4}`);

  test("is refused before there is a file", async () => {
    const { code, stderr } = await one!.portway("inventory", "export");
    assert.equal(code, 1);
    assert.match(stderr, /no file yet[\s\S]*portway apply/);
  });

  test("is the same in a file, on standard output and as JSON", async () => {
    await ok(one!, "apply", "--yes", one!.file);
    await ok(one!, "inventory", "export", file);
    const text = readFileSync(file, "utf8");
    assert.match(text, /^hosts:\n {2}api-1:\n {4}ipv4: 10\.77\.\S+\n/m);
    assert.match(text, /^file: \|\n {2}version: 1\n {2}network: .* # ours$/m);
    assert.equal(await ok(one!, "inventory", "export"), text);
    assert.equal(JSON.parse(await ok(one!, "inventory", "export", "--json")).text, text);
    assert.match(await ok(one!, "inventory", "import", file), /nothing to do/);
  });

  test("with an error is refused with file, line and column, without asking control", async () => {
    const broken = join(one!.file, "../broken.yaml");
    writeFileSync(broken, readFileSync(file, "utf8").replace("ipv4: 10.", "ipv4: 300."));
    const { code, stderr } = await one!.portway("inventory", "import", broken, "--url", "https://127.0.0.1:1");
    assert.equal(code, 1);
    assert.match(stderr, /broken\.yaml:8:11: error: "300\.\S+" is not an IPv4 address\n {4}write an IPv4 address/);
  });

  test("goes into a registry of another authority as addresses, and says why no further", async () => {
    const refused = await other!.portway("inventory", "import", file);
    assert.equal(refused.code, 1);
    assert.match(refused.stderr, /another authority[\s\S]*--addresses-only/);
    const imported = JSON.parse(await ok(other!, "inventory", "import", file, "--addresses-only", "--json"));
    assert.deepEqual(
      { ...(imported as InventoryImported), revision: 0 },
      { revision: 0, hosts: 2, members: 0, unchanged: false },
    );
    assert.deepEqual(await addresses(other!), await addresses(one!));
    const again = await other!.portway("inventory", "import", file.replace("inventory.yaml", "none.yaml"));
    assert.match(again.stderr, /there is no \S+none\.yaml/);
    const { stderr } = await one!.portway("inventory", "import", file, "--addresses-only");
    assert.equal(stderr, "");
  });
});
