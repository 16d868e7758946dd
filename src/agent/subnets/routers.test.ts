import assert from "node:assert/strict";
import { test } from "node:test";
import type { MeshState } from "../../wire/mesh.ts";
import { exampleMesh } from "../overlay/example.ts";
import { actualOf, emptyKernel } from "../overlay/simulated-kernel.ts";
import type { PairReach, Prober } from "../paths/prober.ts";
import { createRouters, exitWarnings } from "./routers.ts";

const mesh: MeshState = { ...exampleMesh, tunnel: { exits: ["exit-1", "exit-2"], exits6: ["exit-2"] } };

function watched() {
  const reaches = new Map<string, Pick<PairReach, "path" | "proven" | "isDark">>();
  const prober = { reach: (host: string) => reaches.get(host), heardAt: () => undefined } as Pick<
    Prober,
    "reach" | "heardAt"
  >;
  const answers = (host: string, via?: string) => {
    const path = { plane: "pw0", kind: "direct", probeAddress: "::1", ...(via !== undefined && { via }) } as const;
    reaches.set(host, { path, proven: true, isDark: false });
  };
  const changes: string[] = [];
  const routers = createRouters({ monotonic: () => 0 }, prober, {
    onChange: (prefixes, _, to) => changes.push(`${prefixes.join(" ")} ${to}`),
  });
  return { routers, answers, changes };
}

test("the internet has a router of its own for each family, and the first that answers is taken", () => {
  const { routers, answers, changes } = watched();
  answers("exit-2");
  answers("exit-1", "relay-1");
  routers.update(mesh, actualOf(emptyKernel()));
  assert.deepEqual(routers.inUse(), [
    { network: "0.0.0.0/0", host: "exit-2", online: true }, // an exit that a third host relays to is none
    { network: "::/0", host: "exit-2", online: true },
  ]);
  assert.deepEqual(changes, ["0.0.0.0/0 exit-2", "::/0 exit-2"]);
});

test("a host without an exit that answers says so, and one without a tunnel says nothing", () => {
  const { routers, answers } = watched();
  routers.update({ ...mesh, tunnel: { exits: [], exits6: [] } }, actualOf(emptyKernel()));
  assert.match(exitWarnings(routers.inUse())[0]!.text, /^no exit host is there: /);
  routers.update(mesh, actualOf(emptyKernel()));
  assert.match(exitWarnings(routers.inUse())[0]!.text, /^exit-1, its exit, does not answer: /);
  answers("exit-1");
  assert.deepEqual(exitWarnings(routers.inUse()), []);
  assert.deepEqual(exitWarnings([]), []);
  routers.update({ ...mesh, tunnel: { exits: [], exits6: ["exit-2"] } }, actualOf(emptyKernel()));
  assert.match(exitWarnings(routers.inUse())[0]!.text, /^exit-2, its exit, does not answer: /);
  answers("exit-2");
  assert.deepEqual(exitWarnings(routers.inUse()), []);
});
