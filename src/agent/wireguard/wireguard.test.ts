import assert from "node:assert/strict";
import { test } from "node:test";
import type { Ran } from "../../lib/exec.ts";
import { findKind } from "./wireguard.ts";

const well: Ran = { code: 0, stdout: "", stderr: "" };
const unknown: Ran = { code: 2, stdout: "", stderr: "Error: Unknown device type." };
const slow: Ran = { code: -1, stdout: "", stderr: "timed out after 10000 ms", timedOut: true };

/** Finds the kind on a machine without interfaces of ours, whose `ip link add` ends like this, one time after the other. */
async function find(answers: readonly Ran[], left: readonly string[] = []) {
  const [links, ran] = [new Set(left), [] as string[]];
  let added = 0;
  const kind = await findKind(
    {
      announce: () => {},
      exec: async (_file, [, verb, link]) => {
        ran.push(verb!);
        if (verb === "del") return links.delete(link!) ? well : unknown;
        if (links.has(link!)) return { code: 2, stdout: "", stderr: "RTNETLINK answers: File exists" };
        const answer = answers[added++]!;
        if (answer.code === 0) links.add(link!);
        return answer;
      },
    },
    (link) => links.has(link),
  );
  return { kind, ran: ran.join(" "), links: [...links] };
}

test("WireGuard is the kernel's where that makes an interface, and wireguard-go's where it knows of none", async () => {
  assert.deepEqual(await find([well]), { kind: "kernel", ran: "add del", links: [] });
  assert.deepEqual(await find([unknown]), { kind: "userspace", ran: "add", links: [] });
});

test("a kernel that was too slow to say is asked again, and not taken for one without WireGuard", async () => {
  assert.deepEqual(await find([slow, slow, well]), { kind: "kernel", ran: "add add add del", links: [] });
  await assert.rejects(find(Array.from({ length: 6 }, () => slow)), /ip link add pwtrial type wireguard.*timed out/);
});

test("an interface for the trial that was left by an agent that was killed is taken away, and tells nothing", async () => {
  assert.deepEqual(await find([well], ["pwtrial"]), { kind: "kernel", ran: "del add del", links: [] });
});
