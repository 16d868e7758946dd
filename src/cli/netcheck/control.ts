// What a host's clock and way to control are, as control's answer shows. No request says anything secret.
import type { Clock } from "../../lib/clock.ts";
import { type Door, request } from "../../lib/http.ts";
import { apiRoutes } from "../../wire/api-routes.ts";
import { type Finding, finding } from "./finding.ts";

/** Certificates are backdated by more; WireGuard refuses a handshake that is older than the last one. */
const mostOffMs = 10_000;
/** The header tells whole seconds. */
const exactnessMs = 1_000;

/** The first of these doors that answers; undefined: the host has not joined. */
export async function controlFindings(
  doors: readonly { readonly url: string; readonly door: Door }[] | undefined,
  clock: Pick<Clock, "now" | "monotonic">,
): Promise<readonly Finding[]> {
  if (doors === undefined) {
    const hint = "join, or say where control is: portway netcheck --control https://NAME:7443";
    return ["control", "clock"].map((check) => finding(check, "unknown", "this host has not joined", { hint }));
  }
  const failures: string[] = [];
  for (const { url, door } of doors) {
    const startedAt = clock.monotonic();
    try {
      const { headers } = await request({ ...door, path: apiRoutes.authority.path, timeoutMs: 5_000 });
      const tookMs = Math.round(clock.monotonic() - startedAt);
      const answer = finding("control", "good", `${url} answers in ${tookMs} ms`, { details: { url, tookMs } });
      return [answer, clockFinding(String(headers["date"]), tookMs, clock.now())];
    } catch (error) {
      failures.push(`${url}: ${(error as Error).message}`);
    }
  }
  return [
    finding("control", "bad", `control does not answer: ${failures.join("; ")}`, {
      hint: "tunnels go on without it; is TCP to that port let out, and does control run?",
    }),
    finding("clock", "unknown", "control does not answer, so that the clocks cannot be compared"),
  ];
}

/** `date` is the answer's header, which was written half way through. */
export function clockFinding(date: string, tookMs: number, nowMs: number): Finding {
  const theirs = Date.parse(date);
  if (Number.isNaN(theirs)) return finding("clock", "unknown", "control's answer tells no time");
  const offsetMs = Math.round(nowMs - tookMs / 2 - (theirs + exactnessMs / 2));
  const details = { offsetMs, exactnessMs: exactnessMs / 2 + tookMs / 2 };
  const seconds = (Math.abs(offsetMs) / 1000).toFixed(1);
  if (Math.abs(offsetMs) <= mostOffMs)
    return finding("clock", "good", `within ${Math.max(1, Math.ceil(Math.abs(offsetMs) / 1000))} s of control's`, {
      details,
    });
  return finding("clock", "warning", `${seconds} s ${offsetMs > 0 ? "ahead of" : "behind"} control's`, {
    details,
    hint: "set the clock by the network: apt install systemd-timesyncd",
  });
}
