// The units as systemd itself judges them: whether they are sound, and how little they may do.
import assert from "node:assert/strict";
import { cpSync, globSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { suite, test } from "node:test";
import { exec } from "../src/lib/exec.ts";

const packaging = join(import.meta.dirname, "../packaging");
const units = globSync("*.*", { cwd: join(packaging, "systemd") }).sort();

/** The greatest exposure that `systemd-analyze security` may give each service: 0 is safe, 10 is not. */
const mostExposure: Readonly<Record<string, number>> = {
  "portway-control.service": 1.0,
  "portway-agent.service": 2.0,
  "portway-edge.service": 1.5,
  "portway-nginx.service": 1.7,
  "portway-stream.service": 1.7,
};

const analyze = (...words: string[]) => exec("systemd-analyze", words, { timeoutMs: 30_000 });
const missing = (await analyze("--version")).code === 0 ? {} : { skip: "systemd-analyze is not installed" };

suite("the systemd units", () => {
  for (const [unit, most] of Object.entries(mostExposure)) {
    test(`${unit} is exposed by ${most} at most`, missing, async () => {
      const path = join(packaging, "systemd", unit);
      const { stdout, stderr } = await analyze("security", "--offline=true", "--no-pager", path);
      const exposure = Number(/Overall exposure level for \S+: (\d+\.\d+)/.exec(stdout)?.[1]);
      assert.ok(
        exposure <= most,
        `${exposure || stderr}\n${stdout
          .split("\n")
          .filter((line) => line.startsWith("✗"))
          .join("\n")}`,
      );
    });
  }

  test("each service has a limit to its exposure", () => {
    const services = units.filter((name) => name.endsWith(".service"));
    assert.deepEqual(services, Object.keys(mostExposure).sort());
  });

  test("systemd has nothing to say against them", missing, async (context) => {
    const folder = mkdtempSync(join(tmpdir(), "portway-units-"));
    context.after(() => rmSync(folder, { recursive: true }));
    cpSync(join(packaging, "systemd"), folder, { recursive: true });
    const files = units.map((name) => join(folder, name));
    for (const file of files) {
      writeFileSync(file, readFileSync(file, "utf8").replaceAll("/usr/bin/portway", join(packaging, "../bin/portway")));
    }
    const { code, stdout, stderr } = await analyze("verify", ...files);
    const about = `${stdout}${stderr}`.split("\n").filter((line) => line.includes("portway"));
    assert.deepEqual([code, about], [0, []]);
  });

  test("users, groups and folders that units name are made by sysusers.d and tmpfiles.d or by systemd", () => {
    const text = (name: string) => readFileSync(join(packaging, name), "utf8");
    const lines = text("sysusers.d/portway.conf").matchAll(/^[ug]\s+(\S+)/gm);
    const accounts = new Set<string>([...lines].map(([, name]) => name!));
    for (const unit of units) {
      const named = text(join("systemd", unit)).matchAll(/^(?:User|Group|SupplementaryGroups)=(.+)$/gm);
      for (const [, name] of named) assert.ok(accounts.has(name!), `${basename(unit)}: ${name}`);
    }
    const owners = [...text("tmpfiles.d/portway.conf").matchAll(/^[dZ]\s+\S+\s+\S+\s+(\S+)\s+(\S+)/gm)];
    for (const [, user, group] of owners)
      for (const name of [user!, group!]) assert.ok(name === "root" || accounts.has(name), name);
  });
});
