import assert from "node:assert/strict";
import type { NetworkInterfaceInfo } from "node:os";
import { test } from "node:test";
import { watchAddresses } from "./roaming.ts";

/** What is told of addresses that are one after the other. */
async function told(...steps: readonly (readonly string[])[]): Promise<readonly string[]> {
  const log: string[] = [];
  let step = 0;
  const info = (cidr: string) => ({ cidr }) as NetworkInterfaceInfo;
  const over = Promise.withResolvers<void>();
  const clock = {
    now: () => 0,
    monotonic: () => 0,
    sleep: async (_: number, signal?: AbortSignal) => {
      if (++step >= steps.length) over.resolve();
      if (step >= steps.length) await new Promise((resolve) => signal?.addEventListener("abort", resolve));
    },
  };
  const interfaces = () => ({ eth0: steps[Math.min(step, steps.length - 1)]!.map(info) });
  const watch = watchAddresses(clock, interfaces, (gone, now) => log.push(`${gone} > ${now}`));
  await over.promise;
  watch.close();
  return log;
}

test("an address that is another one, at once or after a while without any, is told once", async () => {
  assert.deepEqual(await told(["192.0.2.1/24"], ["192.0.2.2/24"], ["192.0.2.2/24"]), ["192.0.2.1/24 > 192.0.2.2/24"]);
  assert.deepEqual(await told(["192.0.2.1/24"], [], ["192.0.2.2/24"], ["192.0.2.2/24"]), [
    "192.0.2.1/24 > 192.0.2.2/24",
  ]);
});

test("one that comes besides, or that comes back, is no reason to greet anybody anew", async () => {
  assert.deepEqual(
    await told(["192.0.2.1/24"], ["192.0.2.1/24", "2001:db8::1/64"], ["192.0.2.1/24", "2001:db8::1/64"]),
    [],
  );
  assert.deepEqual(await told(["192.0.2.1/24"], [], ["192.0.2.1/24"], ["192.0.2.1/24"]), []);
});
