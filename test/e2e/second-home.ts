// A second home beside the first of system.ts, with a host that meets the first home's at the relay alone, or by a direct way that
// the two find through their NATs.
//
//   internet ───┬──────────────┬──────────────┬──────────────────┬──
//             edge-1      gateway "home"    client      gateway "office"
//      control, edge, relay  ──┬────────                     ──┬────────
//                            api-1                           laptop-1
import type { Host } from "../lab/lab.ts";
import { waitFor } from "../lab/wait-for.ts";
import { enrol } from "./enrol.ts";
import { type System, yaml } from "./system.ts";

/** A request that a busy machine answers late has not failed. */
const withLaptop = (meets: "relayed" | "direct") => {
  const rule = `{ from: [api-1], to: [laptop-1], allow: [icmp]${meets === "direct" ? ", relay: never" : ""} }`;
  return yaml
    .replace("read: 1s", "read: 20s")
    .replace("allow: [tcp/8080] }", `allow: [tcp/8080, icmp] }\n  - ${rule}`)
    .replace("  api-1:", "  laptop-1: {}\n  api-1:");
};

/** Joins it; when this resolves, api-1 reaches it and edge-1 reaches api-1. `direct`: no relay may pass on what they send. */
export async function openSecondHome(
  system: System,
  meets: "relayed" | "direct" = "relayed",
): Promise<{
  readonly laptop: Host;
  readonly laptopAddress: string;
  readonly apiAddress: string;
}> {
  const { lab, edge, api } = system;
  await system.apply(withLaptop(meets));
  const laptop = await lab.host("laptop-1", {
    on: await lab.nat("office", { kind: meets === "direct" ? "easy" : "hard" }),
  });
  await enrol(edge, laptop);
  laptop.start(["portway", "agent"]);
  for (const name of ["api-1", "laptop-1"]) await system.online(name);
  const { hosts } = await system.status();
  const [apiAddress, laptopAddress] = ["api-1", "laptop-1"].map((one) => hosts.find(({ name }) => name === one)!.ipv4);
  const reach = (from: Host, address: string) =>
    waitFor(async () => (await from.run(["ping", "-n", "-c1", "-W1", address], { check: false })).code === 0, {
      what: `${address} to answer ${from.name}`,
    });
  await Promise.all([reach(edge, apiAddress!), reach(api, laptopAddress!)]);
  return { laptop, laptopAddress: laptopAddress!, apiAddress: apiAddress! };
}
