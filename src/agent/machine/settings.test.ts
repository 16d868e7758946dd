import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, test } from "node:test";
import { openSettings, type Settings } from "./settings.ts";

const conf = "ipv6/conf";

describe("machine-wide settings", () => {
  let folder: string;
  let settings: Settings;
  const announced: string[] = [];
  const file = (name: string) => join(folder, "net", name);
  const put = (name: string, value: string) => {
    mkdirSync(dirname(file(name)), { recursive: true });
    writeFileSync(file(name), `${value}\n`);
  };
  const value = (name: string) => readFileSync(file(name), "utf8").trim();
  const write = (name: string, to: string) => settings.write({ path: `/proc/sys/net/${name}`, value: to }, true);
  /** As the kernel does: `all` moves every interface. */
  const forwardAll = (to: string) => {
    for (const link of ["all", "default", "eth0", "docker0"]) put(`${conf}/${link}/forwarding`, to);
  };

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "portway-settings-"));
    settings = openSettings(folder, (command) => announced.push(command), join(folder, "net"));
    for (const link of ["all", "default", "eth0", "docker0"]) {
      put(`${conf}/${link}/forwarding`, link === "docker0" ? "1" : "0");
      put(`${conf}/${link}/accept_ra`, "1");
    }
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  test("go back to what they were, those too that moved along", () => {
    write(`${conf}/eth0/accept_ra`, "2");
    write(`${conf}/all/forwarding`, "1");
    forwardAll("1");
    assert.ok(settings.changed().size > 0);
    // A restart of the agent in between knows what was before all the same.
    const later = openSettings(folder, () => {}, join(folder, "net"));
    later.restore();
    assert.equal(value(`${conf}/all/forwarding`), "0");
    assert.equal(value(`${conf}/eth0/forwarding`), "0");
    assert.equal(value(`${conf}/docker0/forwarding`), "1");
    assert.equal(value(`${conf}/eth0/accept_ra`), "1");
    assert.equal(later.changed().size, 0);
  });

  test("keep the value from before the first change", () => {
    write(`${conf}/eth0/accept_ra`, "2");
    write(`${conf}/eth0/accept_ra`, "2");
    settings.restore();
    assert.equal(value(`${conf}/eth0/accept_ra`), "1");
  });

  test("are left as somebody else has set them since", () => {
    write(`${conf}/eth0/accept_ra`, "2");
    put(`${conf}/eth0/accept_ra`, "0");
    assert.deepEqual(settings.restore(), []);
    assert.equal(value(`${conf}/eth0/accept_ra`), "0");
  });

  test("of one interface stay where somebody else has all of them forward since, as docker does", () => {
    put("ipv4/conf/all/forwarding", "0");
    put("ipv4/conf/eth0/forwarding", "0");
    write("ipv4/conf/eth0/forwarding", "1");
    put("ipv4/conf/all/forwarding", "1"); // which moves eth0, too, and it is there already
    assert.deepEqual(settings.restore(), []);
    assert.equal(value("ipv4/conf/eth0/forwarding"), "1");
    put("ipv4/conf/eth0/forwarding", "0"); // closed by its owner, while all others forward
    write("ipv4/conf/eth0/forwarding", "1");
    settings.restore();
    assert.equal(value("ipv4/conf/eth0/forwarding"), "0");
  });

  test("are not read of other interfaces where IPv6 can be forwarded for one alone", () => {
    assert.ok(settings.read().has(`/proc/sys/net/${conf}/eth0/accept_ra`));
    put(`${conf}/all/force_forwarding`, "0");
    assert.deepEqual([...settings.read()], [[`/proc/sys/net/${conf}/all/force_forwarding`, "0"]]);
  });

  test("are announced before they are written", () => {
    write(`${conf}/eth0/accept_ra`, "2");
    assert.equal(announced.at(-1), `echo 2 > /proc/sys/net/${conf}/eth0/accept_ra`);
  });
});
