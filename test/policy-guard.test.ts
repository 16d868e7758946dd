// What keeps Debian from starting services while setup installs them (scripts/policy-guard), in a folder of its own.
import assert from "node:assert/strict";
import { chmodSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterEach, beforeEach, suite, test } from "node:test";
import { exec, start } from "../src/lib/exec.ts";

const script = resolve(import.meta.dirname, "../scripts/policy-guard");

suite("the guard of setup", () => {
  let folder: string;
  let policy: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "portway-policy-"));
    policy = join(folder, "policy-rc.d");
  });
  afterEach(() => rmSync(folder, { recursive: true }));
  const bash = (text: string) => ["-euc", `POLICY_RC_D=${policy}; source ${script}; ${text}`];
  /** What Debian's tools are told about a service: 101 is no. */
  const asked = async (service: string) =>
    (await exec("sh", ["-c", `[ ! -x ${policy} ] || ${policy} ${service} start`])).code;
  const writeTheirs = () => {
    writeFileSync(policy, "#!/bin/sh\n[ $1 != theirs ] || exit 101\n");
    chmodSync(policy, 0o755);
  };
  /** A process that has set the guard, and has become another program, as setup's becomes apt-get. */
  const guarding = async () => {
    const setup = start("bash", bash("guard_services portway-none; echo set; exec cat"), {
      stdio: ["pipe", "pipe", "inherit"],
    });
    const ended = new Promise((done) => setup.once("close", done));
    await new Promise((done) => setup.stdout!.once("data", done));
    return async (signal: NodeJS.Signals) => {
      setup.kill(signal);
      await ended;
    };
  };

  test("refuses the services that setup installs, and no others, while they are installed", async () => {
    writeTheirs();
    const end = await guarding();
    const told = await Promise.all(["nginx", "haproxy", "postgresql", "theirs"].map(asked));
    assert.deepEqual(told, [101, 101, 0, 101]);
    await end("SIGKILL");
  });

  test("blocks nothing once that was killed, and the next setup takes it away", async () => {
    writeTheirs();
    const before = readFileSync(policy, "utf8");
    await (await guarding())("SIGKILL");
    assert.deepEqual(await Promise.all(["nginx", "theirs"].map(asked)), [0, 101]);
    assert.equal((await exec("bash", bash("drop_guard"))).code, 0);
    assert.equal(readFileSync(policy, "utf8"), before);
    assert.deepEqual(readdirSync(folder), ["policy-rc.d"]);
  });

  test("is gone after a setup that ended, and a person's own policy is what it was", async () => {
    await exec("bash", bash("trap drop_guard EXIT; (guard_services; exec false)"));
    assert.deepEqual(readdirSync(folder), []);
    writeTheirs();
    const before = readFileSync(policy, "utf8");
    await exec("bash", bash("(guard_services); drop_guard; drop_guard"));
    assert.equal(readFileSync(policy, "utf8"), before);
  });

  test("stays that of a setup which is at work; a second one ends with the reason", async () => {
    const end = await guarding();
    const second = await exec("bash", bash("trap 'drop_guard || true' EXIT; (guard_services portway-none)"));
    assert.equal(second.code, 1);
    assert.match(second.stderr, /another setup is installing packages \(process \d+\)/);
    assert.ok(existsSync(policy));
    await end("SIGKILL");
  });
});
