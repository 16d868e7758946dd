import assert from "node:assert/strict";
import { test } from "node:test";
import { lacksOnlyTheRightToBind, refusalIn } from "./nginx-errors.ts";

test("a refused configuration has nginx's own reason", () => {
  const tested =
    'nginx: [emerg] unknown directive "foo" in /x/nginx.conf:3\nnginx: configuration file /x/nginx.conf test failed\n';
  assert.equal(refusalIn(tested), 'unknown directive "foo" in /x/nginx.conf:3');
  assert.equal(
    refusalIn("nginx: [error] init_by_lua error: init_by_lua:1: module 'x' not found\n"),
    "init_by_lua error: init_by_lua:1: module 'x' not found",
  );
});

test("a port that is taken is a reason only once nginx gave up", () => {
  const trying = "2026/01/31 23:59:59 [emerg] 7#7: bind() to 127.0.0.1:80 failed (98: Address already in use)\n";
  assert.equal(refusalIn(trying.repeat(2)), undefined);
  const gaveUp = `${trying.repeat(5)}2026/01/31 23:59:59 [emerg] 7#7: still could not bind()\n`;
  assert.equal(refusalIn(gaveUp), "bind() to 127.0.0.1:80 failed (98: Address already in use)");
});

test("warnings and notices refuse nothing", () => {
  assert.equal(refusalIn("nginx: [warn] something\n2026/01/31 23:59:59 [notice] 1#1: exiting\n"), undefined);
});

test("a test that may not bind a low port is told from one that found something else", () => {
  const denied = "nginx: [emerg] bind() to 0.0.0.0:443 failed (13: Permission denied)\n";
  assert.equal(lacksOnlyTheRightToBind(`nginx: the configuration file /x syntax is ok\n${denied}`), true);
  assert.equal(lacksOnlyTheRightToBind('nginx: [emerg] open() "/x" failed (13: Permission denied)\n'), false);
  assert.equal(lacksOnlyTheRightToBind(`${denied}nginx: [emerg] unknown directive "x"\n`), false);
  assert.equal(lacksOnlyTheRightToBind(""), false);
});
