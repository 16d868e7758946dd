import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { systemClock } from "../lib/clock.ts";
import { fingerprintOfCertificate } from "../lib/fingerprint.ts";
import { request } from "../lib/http.ts";
import { silentLog } from "../lib/log.ts";
import { type Paths, pathsFrom } from "../lib/paths.ts";
import type { AuthorityAnswer } from "../wire/api.ts";
import type { AuditAnswer } from "../wire/audit.ts";
import { AppError } from "../wire/errors.ts";
import type { HostDetail } from "../wire/hosts.ts";
import { ask, demand, openStream, refused, smallFile, startTestControl, type TestControl } from "./harness.ts";
import { type ControlOptions, runControl } from "./main.ts";

let folder: string;
before(() => {
  folder = mkdtempSync(join(tmpdir(), "portway-control-"));
});
after(() => rmSync(folder, { recursive: true }));

const isError = (code: string, words: RegExp) => (error: unknown) =>
  error instanceof AppError && error.code === code && words.test(error.message);

const optionsFor = (paths: Paths, change: Partial<ControlOptions> = {}): ControlOptions => ({
  paths,
  listen: { host: "127.0.0.1", port: 0 },
  advertise: [],
  clock: systemClock,
  log: silentLog,
  ...change,
});

const freshPaths = (name: string) =>
  pathsFrom({ stateDir: join(folder, name, "state"), runDir: join(folder, name, "run") }, {});

async function withControl(name: string, use: (control: TestControl) => Promise<void>) {
  const control = await startTestControl({ folder: join(folder, name) });
  try {
    await use(control);
  } finally {
    await control.close();
  }
}

test("only its owner may use the socket and read the keys", async () => {
  await withControl("modes", async ({ paths }) => {
    assert.equal(statSync(paths.controlSocket).mode & 0o777, 0o600);
    assert.equal(statSync(paths.control).mode & 0o777, 0o700);
    const keys = readdirSync(paths.control).filter((name) => name.endsWith(".key") || name.startsWith("registry.db"));
    assert.ok(keys.length >= 4);
    for (const name of keys) assert.equal(statSync(join(paths.control, name)).mode & 0o777, 0o600, name);
  });
});

test("after a restart the authority, the hosts and the file are the same, and a host's credential still counts", async () => {
  let rootPem = "";
  let credential: object = {};
  await withControl("restart", async (control) => {
    rootPem = control.rootPem;
    await control.apply(smallFile);
    const { cert, key } = await control.join("api-1");
    credential = { cert, key };
  });
  await withControl("restart", async (control) => {
    assert.equal(control.rootPem, rootPem);
    const host = await demand<HostDetail>(control.local, "hostGet", { path: { name: "api-1" } });
    assert.equal(host.joined, true);
    assert.equal((await refused({ ...control.stranger, ...credential }, "specGet")).code, "forbidden");
  });
});

test("a second control on the same registry is refused, and the first goes on", async () => {
  await withControl("second", async ({ paths, local }) => {
    await assert.rejects(runControl(optionsFor(paths)), isError("storeUnavailable", /another control/));
    assert.equal((await ask(local, "status")).status, 200);
  });
});

test("everything that is in the registry came with an entry of the audit chain, what control writes first too", async () => {
  await withControl("first", async ({ registry, local, paths }) => {
    const { entries } = await demand<AuditAnswer>(local, "audit");
    const { authority } = JSON.parse((await registry.get("settings"))!.value) as { authority: string };
    assert.equal(authority, fingerprintOfCertificate(readFileSync(join(paths.control, "root.pem"), "utf8")));
    assert.deepEqual(
      entries.map(({ author, action, details }) => [author, action, details]),
      [["system", "registry.begin", { authority }]],
    );
    assert.equal((await registry.get("settings"))!.modRevision, (await registry.get("audit/head"))!.modRevision);
  });
  await withControl("first", async ({ local }) => {
    assert.equal((await demand<AuditAnswer>(local, "audit")).entries.length, 1);
  });
});

test("another authority than the registry's is refused", async () => {
  await withControl("authority", async () => {});
  const paths = freshPaths("authority");
  for (const name of readdirSync(paths.control)) if (/\.(pem|key)$/.test(name)) rmSync(join(paths.control, name));
  await assert.rejects(runControl(optionsFor(paths)), isError("notRunning", /authority's files/));
});

test("the root's key may be taken away; without root and intermediate there is no authority", async () => {
  await withControl("offline", async () => {});
  const { control } = freshPaths("offline");
  rmSync(join(control, "root.key"));
  await withControl("offline", async ({ local }) => assert.equal((await ask(local, "status")).status, 200));
  rmSync(join(control, "intermediate.key"));
  await assert.rejects(runControl(optionsFor(freshPaths("offline"))), isError("notRunning", /root's key/));
});

test("a port that is taken, and a URL that is none, are said in words, and nothing stays behind", async () => {
  await withControl("port", async ({ running }) => {
    const listen = { host: "127.0.0.1", port: running.port };
    const paths = freshPaths("port-taken");
    await assert.rejects(runControl(optionsFor(paths, { listen })), isError("notRunning", /cannot listen/));
    await (await runControl(optionsFor(paths))).close();
    for (const url of ["http://a:1", "nonsense", "https://a/path"]) {
      await assert.rejects(runControl(optionsFor(paths, { advertise: [url] })), isError("usage", /not a control URL/));
    }
  });
});

test("the server's certificate names where control is advertised, and is kept until that changes", async () => {
  const paths = freshPaths("names");
  const certificate = () => fingerprintOfCertificate(readFileSync(join(paths.control, "server.pem"), "utf8"));
  const run = async (advertise: readonly string[]) => {
    const control = await runControl(optionsFor(paths, { advertise }));
    const authority = await request({ socketPath: control.socketPath, path: "/v1/authority" });
    const { certificate: ca, fingerprint } = JSON.parse(authority.body) as AuthorityAnswer;
    assert.equal(fingerprintOfCertificate(ca), fingerprint);
    for (const name of ["localhost", "127.0.0.1"]) {
      const reply = await request({ url: `https://${name}:${control.port}`, ca, path: "/v1/authority" });
      assert.equal(reply.status, 200, name);
    }
    await control.close();
    return control.controlUrls;
  };
  assert.deepEqual(await run(["https://edge.example.com:7443"]), ["https://edge.example.com:7443"]);
  const first = certificate();
  await run(["https://edge.example.com:7443/"]);
  assert.equal(certificate(), first);
  await run(["https://[2001:db8::1]:7443"]);
  assert.notEqual(certificate(), first);
});

test("close ends open streams and lets the program end", async () => {
  const control = await startTestControl();
  await control.apply(smallFile);
  const door = await control.join("api-1");
  const { lines } = await openStream(door, "mesh");
  const read = (async () => {
    let count = 0;
    for await (const _ of lines) if (++count === 2) void control.close();
    return count;
  })();
  assert.ok((await read) >= 2);
  await control.running.ended;
});

test("control ends although connections stand that never became requests, and one that says no TLS is ended at once", async () => {
  const control = await startTestControl();
  await control.apply(smallFile);
  const opened = async (first?: string) => {
    const socket = connect(control.running.port, "127.0.0.1");
    const closed = new Promise<void>((resolve) => socket.on("error", () => {}).once("close", () => resolve()));
    await new Promise((resolve) => socket.once("connect", resolve));
    if (first !== undefined) socket.write(Buffer.from(first, "hex"));
    socket.resume();
    return closed;
  };
  await opened("474554202f0d0a0d0a"); // GET /
  const [silent, half] = [opened(), opened("16030100")]; // a record of which no more comes
  const { lines } = await openStream(await control.join("db-1"), "mesh");
  await lines[Symbol.asyncIterator]().next(); // and reads no more
  await control.close();
  await Promise.all([silent, half]);
});
