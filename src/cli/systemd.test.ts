import assert from "node:assert/strict";
import { existsSync, globSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, suite, test } from "node:test";
import type { Exec } from "../lib/exec.ts";
import { pathsFrom } from "../lib/paths.ts";
import { openSystemd, removeUnits, type SystemdParts, stopUnits, unitsInstalled } from "./systemd.ts";

const usual = pathsFrom({}, {});
const words = (listen = "[::]:7443", url = "https://edge.example.com:7443") => ["--listen", listen, "--advertise", url];

suite("under systemd", () => {
  let root: string;
  let commands: string[];
  let parts: SystemdParts;
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), "portway-systemd-"));
    commands = [];
    const exec: Exec = async (file, args) => {
      commands.push([file, ...args].join(" ").replaceAll(root, ""));
      return { code: 0, stdout: "", stderr: "" };
    };
    parts = { exec, announce: () => {}, root, launcher: "/opt/portway/bin/portway" };
  });
  afterEach(() => rmSync(root, { recursive: true }));
  const read = (file: string) => readFileSync(join(root, file), "utf8");
  const unit = (name: string) => read(`etc/systemd/system/${name}`);

  test("a program gets users, owners and units that start this build", async () => {
    await openSystemd(usual, parts).keep({ name: "agent", words: [] });
    assert.match(unit("portway-agent.service"), /^ExecStart=\/opt\/portway\/bin\/portway agent$/m);
    const names = commands.map((command) => command.replace(/\/\S*\//g, ""));
    assert.deepEqual(names, [
      "systemd-sysusers portway.conf",
      "systemd-tmpfiles --create portway.conf",
      "systemctl daemon-reload",
      "systemctl enable portway-agent.service",
      "systemctl restart portway-agent.service",
    ]);
  });

  test("a program that is as it should be is only seen to run", async () => {
    await openSystemd(usual, parts).keep({ name: "control", words: words() });
    commands = [];
    await openSystemd(usual, parts).keep({ name: "control", words: words() });
    assert.deepEqual(commands.slice(2), [
      "systemctl enable --now portway-control.socket portway-control-local.socket portway-control-metrics.socket portway-control.service",
    ]);
  });

  test("control's address is in its socket, its URL in its environment, and a change of either restarts it", async () => {
    await openSystemd(usual, parts).keep({ name: "control", words: words() });
    for (const changed of [words("127.0.0.1:9443"), words("127.0.0.1:9443", "https://other.example.com:9443")]) {
      commands = [];
      await openSystemd(usual, parts).keep({ name: "control", words: changed });
      assert.match(commands.at(-1)!, /^systemctl restart portway-control\.socket/);
    }
    assert.match(unit("portway-control.socket"), /^ListenStream=127\.0\.0\.1:9443$/m);
    assert.equal(read("etc/portway/control.env"), "PORTWAY_ADVERTISE=https://other.example.com:9443\n");
  });

  test("nginx is started by the edge's configuration, not by us", async () => {
    await openSystemd(usual, parts).keep({ name: "edge", words: [] });
    assert.ok(existsSync(join(root, "etc/systemd/system/portway-nginx.service")));
    const started = commands.filter((command) => /systemctl (enable|restart)/.test(command)).join(" ");
    assert.match(started, /portway-nginx\.path/);
    assert.doesNotMatch(started, /portway-nginx\.service/);
  });

  test("what was installed is stopped, last first, and removed without a trace", async () => {
    const keeper = openSystemd(usual, parts);
    for (const name of ["agent", "edge"] as const) await keeper.keep({ name, words: [] });
    assert.ok(unitsInstalled(root));
    commands = [];
    await stopUnits(parts);
    await removeUnits(parts);
    assert.deepEqual(commands, [
      "systemctl disable --now portway-edge.service portway-stream.path portway-nginx.path portway-stream.service portway-nginx.service portway-agent.service",
      "systemctl daemon-reload",
    ]);
    assert.ok(!unitsInstalled(root));
    assert.deepEqual(globSync("**/*.{service,socket,path,conf,env}", { cwd: root }), []);
  });

  test("a setting of the kernel is given back, unless it was as it is before", async () => {
    const setting = join(root, "proc/sys/net/ipv4/tcp_migrate_req");
    mkdirSync(dirname(setting), { recursive: true });
    mkdirSync(join(root, "run/portway-host"), { recursive: true });
    for (const before of ["0", "1"]) {
      writeFileSync(setting, before);
      await openSystemd(usual, parts).keep({ name: "edge", words: [] });
      writeFileSync(setting, "1"); // as systemd-tmpfiles does
      await openSystemd(usual, parts).keep({ name: "edge", words: [] });
      assert.equal(/^w .*tcp_migrate_req/m.test(read("etc/tmpfiles.d/portway.conf")), before === "0");
      await removeUnits(parts);
      assert.equal(readFileSync(setting, "utf8").trim(), before);
    }
    assert.ok(!existsSync(join(root, "run/portway-host")));
  });

  test("a build that units cannot see, and other folders than theirs, are refused with what to do", () => {
    for (const launcher of ["/home/ada/portway/bin/portway", "/root/portway/bin/portway", "/tmp/p/bin/portway"]) {
      assert.throws(() => openSystemd(usual, { ...parts, launcher }), { code: "usage", hint: /\/opt\/portway/ });
    }
    const elsewhere = pathsFrom({ stateDir: "/srv/portway" }, {});
    assert.throws(() => openSystemd(elsewhere, parts), { code: "usage", hint: /--foreground/ });
  });

  test("a command that fails is said with its output", async () => {
    const failing: Exec = async () => ({ code: 1, stdout: "", stderr: "Failed to enable unit" });
    const keeper = openSystemd(usual, { ...parts, exec: failing });
    await assert.rejects(keeper.keep({ name: "agent", words: [] }), /systemd-sysusers .*exit 1: Failed to enable unit/);
  });
});
