import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { palette } from "./colour.ts";
import { byTime, isLoud, readableLine, recordLine } from "./log-line.ts";

const plain = palette(false);
const record = (fields: object) => JSON.stringify({ level: "info", time: "2026-11-21T10:00:00.000Z", ...fields });

suite("a log line", () => {
  test("reads as time, program, message and fields", () => {
    const line = readableLine(record({ program: "agent", msg: "change", command: "ip link add", plane: "pw0" }), plain);
    assert.match(line, /^\d\d:\d\d:\d\d agent {4}change {2}command="ip link add" {2}plane=pw0$/);
  });

  test("shows of an error its message alone", () => {
    const err = { type: "Error", message: "no such host", stack: "Error: no such host\n  at …" };
    assert.match(readableLine(record({ msg: "failed", err }), plain), /err="no such host"$/);
  });

  test("that is no record comes through as it is", () => {
    for (const line of ["portway: cannot listen", "{ torn", ""]) assert.equal(readableLine(line, plain), line);
    assert.equal(readableLine("portway: cannot listen", plain, "control"), "control  portway: cannot listen");
  });

  test("is a JSON object for scripts, whatever the program wrote", () => {
    assert.equal(recordLine(record({ msg: "change" }), "agent"), record({ msg: "change" }));
    for (const text of [
      "2026/11/21 10:00:00 [notice] 7#7: start",
      "{ torn",
      "7",
      "null",
      '"text"',
      "[1]",
      "",
      'a "b"\t',
    ]) {
      assert.deepEqual(JSON.parse(recordLine(text, "nginx")), { program: "nginx", text });
    }
  });

  test("is loud when it is a warning, an error, or a program's last words", () => {
    assert.deepEqual([record({}), record({ level: "warn" }), record({ level: "error" }), "portway: …"].map(isLoud), [
      false,
      true,
      true,
      true,
    ]);
  });

  test("takes its place by time, and what belongs to it follows", () => {
    const at = (second: number) => record({ time: `2026-11-21T10:00:0${second}.000Z` });
    assert.deepEqual(byTime([at(2), "  at 2", at(4), at(1), "  at 1"]), [at(1), "  at 1", at(2), "  at 2", at(4)]);
  });
});
