// The agent's own way of renewing its certificate, against a control.
import assert from "node:assert/strict";
import { X509Certificate } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, suite, test } from "node:test";
import { renewIfDue } from "../../src/agent/credential.ts";
import {
  demand,
  openStream,
  refused,
  smallFile,
  startTestControl,
  type TestControl,
} from "../../src/control/harness.ts";
import { connectControl } from "../../src/host/control-client.ts";
import { fingerprintOfKey } from "../../src/lib/fingerprint.ts";
import { type Identity, readIdentity, writeIdentity } from "../../src/lib/identity.ts";
import { silentLog } from "../../src/lib/log.ts";
import { generateHostIdentity, makeCsr } from "../../src/lib/x509.ts";
import type { AuditAnswer } from "../../src/wire/audit.ts";
import type { HostDetail } from "../../src/wire/hosts.ts";

const hourMs = 3_600_000;
const until = (pem: string) => Date.parse(new X509Certificate(pem).validTo);

suite("a host's certificate", () => {
  let control: TestControl;
  let folder: string;
  before(async () => {
    control = await startTestControl();
    await control.apply(`${smallFile}join: { credential: 10h }\n`);
    folder = mkdtempSync(join(tmpdir(), "portway-credential-"));
  });
  after(async () => {
    await control.close();
    rmSync(folder, { recursive: true });
  });
  const joined = async (name: string): Promise<Identity> => {
    const { cert, key } = await control.join(name);
    const [certificatePem, keyPem] = [cert!, key!];
    return {
      name,
      network: "acme",
      controlUrls: control.running.controlUrls,
      caPem: control.rootPem,
      certificatePem,
      keyPem,
    };
  };
  const door = ({ certificatePem: cert, keyPem: key }: Identity) => ({ ...control.stranger, cert, key });

  test("lasts as long as the file says, and is renewed by the host itself when half of that is over", async () => {
    const identity = await joined("api-1");
    writeIdentity(folder, identity);
    const first = until(identity.certificatePem);
    assert.ok(Math.abs(first - Date.now() - 10 * hourMs) < 60_000);
    const client = connectControl(identity, () => readIdentity(folder));
    const at = (ms: number) => ({
      folder,
      client,
      log: silentLog,
      clock: { now: () => Date.now() + ms, sleep: async () => {} },
    });
    assert.equal(await renewIfDue(at(4.9 * hourMs)), false);
    control.jump(5.1 * hourMs);
    assert.equal(await renewIfDue(at(5.1 * hourMs)), true);
    const renewed = readIdentity(folder)!;
    assert.ok(until(renewed.certificatePem) - first > 5 * hourMs);
    assert.deepEqual([renewed.keyPem, renewed.name], [identity.keyPem, "api-1"]);
    const { identity: known, credentialUntil } = await demand<HostDetail>(control.local, "hostGet", {
      path: { name: "api-1" },
    });
    assert.equal(known, fingerprintOfKey(identity.certificatePem));
    assert.ok(Math.abs(Date.parse(credentialUntil!) - until(renewed.certificatePem)) < 2_000);
    (await openStream(door(renewed), "mesh")).close();
    const lines = await client.openStream("mesh", undefined, new AbortController().signal);
    assert.equal(lines.status, 200);
    lines.close();
    const { entries } = await demand<AuditAnswer>(control.local, "audit");
    assert.deepEqual([entries[0]?.action, entries[0]?.author], ["host.renew", "host:api-1"]);
    control.jump(-5.1 * hourMs);
  });

  test("is renewed for its own key alone", async () => {
    const identity = await joined("api-2");
    const { csrPem } = await generateHostIdentity();
    assert.equal((await refused(door(identity), "selfRenew", { body: { csr: csrPem } })).code, "forbidden");
    assert.equal((await refused(door(identity), "selfRenew", { body: { csr: "x" } })).code, "invalidRequest");
    const csr = await makeCsr(identity.keyPem);
    assert.equal((await refused(control.stranger, "selfRenew", { body: { csr } })).code, "unauthenticated");
  });

  test("that has ended is refused with what to do, and the host's place is kept", async () => {
    control.jump(-11 * hourMs);
    const identity = await joined("db-1");
    control.jump(11 * hourMs);
    const problem = await refused(door(identity), "selfStatus", { body: {} });
    assert.equal(problem.code, "unauthenticated");
    assert.match(problem.detail, /has ended/);
    assert.match(problem.hint!, /portway leave/);
    const place = () => demand<HostDetail>(control.local, "hostGet", { path: { name: "db-1" } });
    const { joined: isMember, ipv4 } = await place();
    assert.equal(isMember, true);
    await assert.rejects(control.join("db-1"), { message: /has joined already/ }, "not by a token for any host");
    const { cert } = await control.join("db-1", { host: "db-1" });
    assert.deepEqual([(await place()).ipv4, (await place()).identity], [ipv4, fingerprintOfKey(cert!)]);
    assert.equal((await refused(door(identity), "selfStatus", { body: {} })).code, "unauthenticated");
    await assert.rejects(control.join("db-1", { host: "db-1" }), { message: /has joined already/ });
  });
});
