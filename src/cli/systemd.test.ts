import assert from "node:assert/strict";
import {
  existsSync,
  globSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, suite, test } from "node:test";
import type { Exec } from "../lib/exec.ts";
import { edgeSettings } from "../lib/kernel-settings.ts";
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

  test("settings of the kernel are an edge's, and given back unless somebody else had set them", async () => {
    const [moves, unsent] = edgeSettings.map(({ path }) => join(root, path)) as [string, string];
    mkdirSync(dirname(moves), { recursive: true });
    for (const name of ["portway-host", "portway-edge"]) mkdirSync(join(root, "run", name), { recursive: true });
    writeFileSync(moves, "1");
    writeFileSync(unsent, "4294967295");
    await openSystemd(usual, parts).keep({ name: "agent", words: [] });
    assert.ok(!existsSync(join(root, "etc/tmpfiles.d/portway-edge.conf")));
    for (let turn = 0; turn < 2; turn++) {
      await openSystemd(usual, parts).keep({ name: "edge", words: [] });
      assert.match(commands.join("\n"), /systemd-tmpfiles --create \/etc\/tmpfiles\.d\/portway-edge\.conf/);
      const lines = read("etc/tmpfiles.d/portway-edge.conf").match(/^w .*$/gm);
      assert.deepEqual(lines, ["w     /proc/sys/net/ipv4/tcp_notsent_lowat - - - - 65536"]);
      writeFileSync(unsent, "65536"); // as systemd-tmpfiles does
    }
    await removeUnits(parts);
    assert.deepEqual(
      [moves, unsent].map((path) => readFileSync(path, "utf8").trim()),
      ["1", "4294967295"],
    );
    assert.deepEqual(readdirSync(join(root, "run")), []);
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
