// sudo make demo: an internet, two VPS, two NATs, three hosts behind them and a client, on this machine; the real commands.
//
//   internet ───┬──────────────┬──────────────────┬──────────────┬──
//             edge-1      gateway "home"     gateway "office"   client
//          edge + relay    ──┬──────┬──         ──┬──
//             relay-2      api-1   db-1         api-2
import { join } from "node:path";
import { systemClock } from "../../src/lib/clock.ts";
import { startApi } from "../lab/api.ts";
import { createLab, type Host, type Lab } from "../lab/lab.ts";
import { createStage } from "./stage.ts";
import { tellStory } from "./story.ts";

const started = systemClock.monotonic();
const terminal = process.stdout.isTTY === true && !process.env["NO_COLOR"];
const stage = createStage(terminal);
const lab = createLab();
let held = false;
try {
  const hosts = await build(lab);
  const token = await tellStory(stage, hosts);
  stage.chapter("What was proven");
  stage.say(`  The demo took ${((systemClock.monotonic() - started) / 1000).toFixed(1)} s.\n`);
  held = stage.table();
  if (process.stdout.isTTY && held) await stay(hosts, token);
} catch (error) {
  console.error(`\ndemo: ${(error as Error).message}\n\n${lab.logTails(25)}`);
} finally {
  await lab.close();
}
process.exit(held ? 0 : 1);

async function build(place: Lab): Promise<Hosts> {
  stage.chapter("A lab: six hosts, two NATs, an internet (network namespaces on this machine)");
  const internet = await place.internet();
  const [home, office] = [await place.nat("home", { kind: "easy" }), await place.nat("office", { kind: "hard" })];
  const [edge, relay2, client, api1, api2, db] = await Promise.all([
    place.host("edge-1", { on: internet, names: ["edge.example.com", "api.example.com"] }),
    place.host("relay-2", { on: internet, names: ["relay-2.example.com"] }),
    place.host("client", { on: internet }),
    place.host("api-1", { on: home }),
    place.host("api-2", { on: office }),
    place.host("db-1", { on: home }),
  ]);
  const [process1, process2] = await Promise.all([startApi(api1), startApi(api2), startApi(db, { port: 5432 })]);
  stage.say(
    "edge-1 and relay-2 have public addresses; api-1 and db-1 share a NAT, api-2 is behind another. None of the three has an open port.",
  );
  return { edge, relay2, client, api1, api2, db, apis: { "api-1": process1, "api-2": process2 } };
}

async function stay(hosts: Hosts, token: string): Promise<void> {
  const enter = (host: Host, command: string) => `sudo ${host.enter.join(" ")} ${command}`;
  const portway = join(import.meta.dirname, "../../bin/portway");
  stage.chapter("It is still up. Try, in another terminal:");
  for (const line of [
    enter(hosts.edge, `${portway} status`),
    enter(hosts.edge, `${portway} audit list`),
    enter(hosts.client, `curl -k -H "Authorization: Bearer ${token}" https://api.example.com/orders/`),
    enter(hosts.api1, "wg"),
  ]) {
    stage.say(`  ${line}`);
  }
  stage.say("Ctrl-C ends it and removes everything.");
  process.removeAllListeners("SIGINT"); // the lab's own ends with 130: this is the good end
  await new Promise<void>((resolve) => process.on("SIGINT", () => resolve()));
}

export interface Hosts {
  readonly edge: Host;
  readonly relay2: Host;
  readonly client: Host;
  readonly api1: Host;
  readonly api2: Host;
  readonly db: Host;
  readonly apis: Readonly<Record<"api-1" | "api-2", Awaited<ReturnType<typeof startApi>>>>;
}
