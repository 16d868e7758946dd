import assert from "node:assert/strict";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, test } from "node:test";
import type { Exec } from "../../lib/exec.ts";
import { knobsOf, type TuneFacts } from "./knobs.ts";
import { openTunedMachine, type TunedMachine } from "./machine.ts";
import { ownedPath, parseOwned } from "./owned-file.ts";

const setting = "/proc/sys/net/core/rmem_default";
const noEthtool: Exec = async () => ({ code: -1, stdout: "", stderr: "spawn ethtool ENOENT" });

describe("a machine that is tuned", () => {
  let root: string;
  let machine: TunedMachine;
  const announced: string[] = [];
  const put = (path: string, text: string) => {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  };
  const read = (path: string) => readFileSync(join(root, path), "utf8").trim();

  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), "portway-tune-"));
    announced.length = 0;
    put(setting, "212992\n");
    put("/proc/cpuinfo", "processor\t: 0\nflags\t\t: fpu ssse3 avx2 sse\n");
    machine = openTunedMachine(noEthtool, (change) => announced.push(change), root);
  });
  afterEach(() => rmSync(root, { recursive: true, force: true }));

  test("is told what would change, and why, and nothing is changed by that", async () => {
    const knob = (await machine.knobs()).find(({ state }) => state === "change")!;
    assert.deepEqual([knob.name, knob.old, knob.new], ["net.core.rmem_default", "212992", "4194304"]);
    assert.deepEqual([read(setting), existsSync(join(root, ownedPath))], ["212992", false]);
  });

  test("has the setting now and from one file after a restart, and back what it was", async () => {
    assert.equal((await machine.apply()).length, 1);
    assert.equal(read(setting), "4194304");
    assert.match(read(ownedPath), /^# .*\n# .*\n# was 212992\nnet\.core\.rmem_default = 4194304$/m);
    assert.deepEqual(announced, [`write ${ownedPath}`, "sysctl -w net.core.rmem_default=4194304"]);
    assert.deepEqual(await machine.apply(), [], "a second time there is nothing to change");
    assert.equal(machine.revert().length, 1);
    assert.deepEqual([read(setting), existsSync(join(root, ownedPath))], ["212992", false]);
    assert.deepEqual(machine.revert(), []);
  });

  test("keeps a value that is better already", async () => {
    put(setting, "8388608\n");
    assert.deepEqual(await machine.apply(), []);
    assert.deepEqual([read(setting), existsSync(join(root, ownedPath))], ["8388608", false]);
  });

  test("goes back to what was there first, also when somebody lowered the value in between", async () => {
    await machine.apply();
    put(setting, "300000\n");
    assert.equal((await machine.apply()).length, 1);
    machine.revert();
    assert.equal(read(setting), "212992");
  });

  test("keeps what somebody else has set since", async () => {
    await machine.apply();
    put(setting, "16777216\n");
    assert.deepEqual(machine.revert(), []);
    assert.deepEqual([read(setting), existsSync(join(root, ownedPath))], ["16777216", false]);
  });
});

test("lines in the file that were not written by Portway are nobody's setting", () => {
  assert.deepEqual(parseOwned("# was x\nnet.core.rmem_default = 5\nkernel.panic = 1\n"), []);
});

test("what is not measured is told and never changed", () => {
  const facts: TuneFacts = {
    settings: { "net.core.rmem_default": "212992", "net.netfilter.nf_conntrack_count": "7" },
    links: [{ name: "eth0", udpGroForwarding: "off", rpsMasks: ["00"] }],
    ...{ governor: "powersave", cpuFlags: ["fpu"], cores: 4, wireguardCpus: ["0-3", "2"] },
  };
  const knobs = knobsOf(facts);
  assert.deepEqual(
    knobs.filter(({ new: value }) => value !== undefined).map(({ name }) => name),
    ["net.core.rmem_default"],
  );
  assert.equal(knobs.filter(({ state }) => state === "told").length, 6);
  const good = knobsOf({
    settings: { "net.core.rmem_default": "4194304" },
    links: [{ name: "eth0", udpGroForwarding: "on", rpsMasks: ["f"] }],
    ...{ governor: "performance", cpuFlags: ["avx2"], cores: 4, wireguardCpus: ["0-3"] },
  });
  assert.deepEqual([...new Set(good.map(({ state }) => state))], ["good"]);
});
