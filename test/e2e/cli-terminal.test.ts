// What a command asks a person, on a terminal of its own (script from bsdutils).
import assert from "node:assert/strict";
import { after, before, suite, test } from "node:test";
import type { StatusAnswer } from "../../src/wire/api.ts";
import { type ControlAlone, controlAlone } from "./control-alone.ts";

const yaml = `version: 1
network: { name: acme, ipv4: 10.77.0.0/16 }
hosts:
  edge-1: { roles: [edge, relay], endpoint: edge.example.com:51820 }
`;

const question = "apply this? [y/N]";

suite("apply on a terminal", { timeout: 60_000 }, () => {
  let control: ControlAlone;
  const revision = async () => {
    const { stdout } = await control.portway("status", "--json");
    return (JSON.parse(stdout) as StatusAnswer).revision;
  };
  before(async () => {
    control = await controlAlone(yaml);
  });
  after(() => control.close());

  for (const [name, keys] of [
    ["n", "n\n"],
    ["an empty line", "\n"],
    ["Ctrl-C", "\x03"],
    ["Ctrl-D", "\x04"],
  ] as const) {
    test(`shows the plan and asks; ${name} changes nothing, and the exit status says so`, async () => {
      const before = await revision();
      const { code, screen } = await control.onTerminal(["apply", control.file], question, keys);
      assert.equal(code, 1, screen);
      assert.match(screen, /\+.* host .*edge-1/);
      assert.match(screen, /\nnothing was changed/);
      assert.equal(await revision(), before);
    });
  }

  test("y applies it, and the next apply has nothing to ask", async () => {
    const { code, screen } = await control.onTerminal(["apply", control.file], question, "y\n");
    assert.equal(code, 0, screen);
    assert.match(screen, /applied.* as revision \d+/);
    const again = await control.onTerminal(["apply", control.file], question, "n\n");
    assert.equal(again.code, 0, again.screen);
    assert.match(again.screen, /no changes/);
  });

  test("--json asks nothing, and so needs --yes on a terminal too", async () => {
    control.write(yaml.replace("acme", "other"));
    const { code, screen } = await control.onTerminal(["apply", "--json", control.file], question, "y\n");
    assert.equal(code, 2, screen);
    assert.match(screen, /--yes/);
  });

  test("events says on a terminal that it is connected", async () => {
    const { code, screen } = await control.onTerminal(["events"], "connected to control", "\x03");
    assert.equal(code, 0, screen);
  });
});
