// Joining a network, from the side of the host: what can be wrong with a token, with control, with the clock.
import assert from "node:assert/strict";
import { existsSync, mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join as joinPath } from "node:path";
import { after, afterEach, before, beforeEach, suite, test } from "node:test";
import { join } from "../../src/agent/join.ts";
import { readKeys } from "../../src/agent/keys.ts";
import { leave } from "../../src/agent/leave.ts";
import { demand, smallFile, startTestControl, type TestControl } from "../../src/control/harness.ts";
import { connectControl } from "../../src/host/control-client.ts";
import { systemClock } from "../../src/lib/clock.ts";
import { readIdentity, writeIdentity } from "../../src/lib/identity.ts";
import { type Paths, pathsFrom } from "../../src/lib/paths.ts";
import type { HostDetail } from "../../src/wire/hosts.ts";
import type { TokenContents } from "../../src/wire/token.ts";
import { encodeToken } from "../../src/wire/token.ts";

suite("joining", () => {
  let control: TestControl;
  let folder: string;
  let paths: Paths;
  before(async () => {
    control = await startTestControl();
    await control.apply(smallFile);
  });
  after(() => control.close());
  beforeEach(() => {
    folder = mkdtempSync(joinPath(tmpdir(), "portway-join-"));
    paths = pathsFrom({ stateDir: folder });
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  const joinWith = (contents: TokenContents, name = "api-1") =>
    join({ token: encodeToken(contents), name, paths, timeoutMs: 2000 });
  const refusedWith = async (contents: TokenContents, code: string, name?: string) => {
    await assert.rejects(joinWith(contents, name), { code });
    assert.equal(readIdentity(paths.identity), undefined);
  };
  const remove = (name: string) => demand(control.local, "hostRemove", { path: { name } });
  // Nothing was made on this machine, so that there is nothing to take away; no command must run here.
  const quiet = { exec: async () => ({ code: 1, stdout: "", stderr: "" }), clock: systemClock, announce() {} };

  test("gives the host an identity of files that only it can read, and keys whose public halves control knows", async () => {
    const answer = await joinWith(await control.token());
    assert.deepEqual([answer.name, answer.network], ["api-1", "acme"]);
    const identity = readIdentity(paths.identity)!;
    assert.equal(identity.caPem, control.rootPem);
    assert.equal(statSync(joinPath(paths.identity, "key.pem")).mode & 0o777, 0o600);
    const { keys, joined } = await demand<HostDetail>(control.local, "hostGet", { path: { name: "api-1" } });
    assert.ok(joined);
    const own = readKeys(paths.agent).map(({ plane, publicKey }) => `${plane} ${publicKey}`);
    assert.deepEqual(keys.map(({ plane, publicKey }) => `${plane} ${publicKey}`).sort(), own.sort());
    await assert.rejects(joinWith(await control.token()), {
      code: "usage",
      message: /member of acme already, as api-1/,
    });
    assert.deepEqual(await leave({ paths, ...quiet }), { told: true, name: "api-1" });
    assert.equal(existsSync(paths.identity), false);
    assert.deepEqual(readKeys(paths.agent), []);
    assert.equal((await demand<HostDetail>(control.local, "hostGet", { path: { name: "api-1" } })).joined, false);
  });

  test("works with a clock that is ten minutes off, either way", async () => {
    for (const [name, ms] of [
      ["slow", 600_000],
      ["fast", -1_200_000],
    ] as const) {
      control.jump(ms);
      const own = pathsFrom({ stateDir: joinPath(folder, name) });
      await join({ token: encodeToken(await control.token()), name, paths: own });
      const end = new AbortController();
      const client = connectControl(readIdentity(own.identity)!);
      const lines = await client.openStream("mesh", undefined, end.signal);
      assert.equal(lines.status, 200);
      lines.close();
    }
    control.jump(600_000);
  });

  test("refuses a token that was used, is too old, or is not one", async () => {
    const used = await control.token();
    await joinWith(used, "db-1");
    await remove("db-1");
    rmSync(paths.identity, { recursive: true });
    await refusedWith(used, "tokenUsed");
    const old = await control.token({ expiresInMs: 60_000 });
    control.pass(60_000);
    await refusedWith(old, "tokenExpired");
    for (const token of ["", "pw1.", "pw1.abc", "pwa1.abc", encodeToken(old).slice(0, -9)])
      await assert.rejects(join({ token, name: "api-1", paths }), { code: "tokenInvalid" });
  });

  test("refuses a control that is not the token's, without telling it the secret", async () => {
    const token = await control.token();
    await refusedWith({ ...token, ca: "0".repeat(64) }, "wrongAuthority");
    const other = await startTestControl();
    try {
      await refusedWith({ ...token, urls: other.running.controlUrls }, "wrongAuthority");
    } finally {
      await other.close();
    }
    assert.equal((await joinWith(token)).name, "api-1");
    await remove("api-1");
  });

  test("tries the token's controls in turn, and says so when none answers", async () => {
    const token = await control.token();
    const nobody = "https://127.0.0.1:1";
    await refusedWith({ ...token, urls: [nobody] }, "unreachable");
    assert.equal((await joinWith({ ...token, urls: [nobody, ...token.urls] })).name, "api-1");
    await remove("api-1");
  });

  test("refuses a name that is taken, or that the token is not for", async () => {
    await control.join("api-2");
    await refusedWith(await control.token(), "hostNameTaken", "api-2");
    await refusedWith(await control.token({ host: "api-1" }), "forbidden", "db-1");
  });

  test("leaving without control says that a person has to remove the host there", async () => {
    await joinWith(await control.token());
    const identity = readIdentity(paths.identity)!;
    writeIdentity(paths.identity, { ...identity, controlUrls: ["https://127.0.0.1:1"] });
    const left = await leave({ paths, ...quiet });
    assert.equal(left.told, false);
    assert.match(left.reason!, /does not answer/);
    assert.equal(readIdentity(paths.identity), undefined);
    await remove("api-1");
  });

  test("leaving a network that has removed the host already is no error", async () => {
    await joinWith(await control.token());
    await remove("api-1");
    assert.deepEqual(await leave({ paths, ...quiet }), { told: true, name: "api-1" });
  });
});
