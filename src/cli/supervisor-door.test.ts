import assert from "node:assert/strict";
import { mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, suite, test } from "node:test";
import { pathsFrom } from "../lib/paths.ts";
import { knockToStop, openDoor } from "./supervisor-door.ts";

suite("the supervisor's door", () => {
  const runDir = mkdtempSync(join(tmpdir(), "portway-door-"));
  const paths = pathsFrom({ runDir }, {});
  after(() => rmSync(runDir, { recursive: true }));

  test("says that nobody is there", async () => {
    assert.equal(await knockToStop(paths), false);
  });

  test("lets one supervisor in, only its user knock, and a file that a crash left behind is no supervisor", async () => {
    writeFileSync(join(runDir, "supervisor.sock"), "");
    const door = await openDoor(paths, () => {});
    assert.equal(statSync(join(runDir, "supervisor.sock")).mode & 0o777, 0o700);
    await assert.rejects(
      openDoor(paths, () => {}),
      { code: "usage", message: "Portway runs here already" },
    );
    door.close();
  });

  test("asks for the end, and only whoever knocks does", async () => {
    let asked = 0;
    const door = await openDoor(paths, () => {
      asked += 1;
      door.close();
    });
    await assert.rejects(openDoor(paths, () => {}));
    assert.equal(asked, 0);
    assert.equal(await knockToStop(paths), true);
    assert.equal(asked, 1);
  });
});
