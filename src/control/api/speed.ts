// POST /v1/hosts/:name/speed: what one host can send another and the reverse, measured by the two. The one that is measured
// listens for the other alone, for as long as it takes.
import { randomBytes } from "node:crypto";
import { z } from "zod";
import { unknownHost } from "../../plan/unknown-host.ts";
import { AppError } from "../../wire/errors.ts";
import {
  type SpeedAnswer,
  type SpeedMeasured,
  type SpeedPorts,
  type SpeedRequest,
  speedBounds,
  speedOverheadMs,
} from "../../wire/speed.ts";
import { authorOf } from "../caller.ts";
import type { Control } from "../control.ts";
import type { Answered } from "../questions.ts";
import { endpoint } from "./endpoint.ts";
import { hostText } from "./host-text.ts";
import { label } from "./shapes.ts";

const share = z.number().min(0);
const busy = z.object({ all: share, busiest: share });
const flow = z.object({
  bitsPerSecond: z.number(),
  retransmits: z.number(),
  retransmitShare: share,
  roundTripMs: z.number().exactOptional(),
  sender: busy,
  receiver: busy,
  limit: z.enum(["cpu", "mtu", "loss", "link"]),
  because: hostText(300),
});
const latency = z.object({ requests: z.number(), medianMs: z.number(), p99Ms: z.number() });
const requestTimes = z.object({ http2: latency, grpc: latency });
const measured = z.object({
  path: z.object({ kind: z.enum(["direct", "relay"]), plane: hostText(16), via: label.exactOptional() }),
  mtu: z.number().exactOptional(),
  roundTrip: z.object({ medianMs: z.number(), jitterMs: z.number(), lost: z.number(), sent: z.number() }),
  there: flow,
  back: flow,
  inside: requestTimes,
  outside: requestTimes.exactOptional(),
  outsideFailed: hostText(300).exactOptional(),
}) satisfies z.ZodType<SpeedMeasured>;
const answer = measured.extend({
  from: z.string(),
  to: z.string(),
  seconds: z.number(),
}) satisfies z.ZodType<SpeedAnswer>;

const port = z.number().int().min(1).max(65_535);
const listening = z.object({ iperf: port, requests: port }) satisfies z.ZodType<SpeedPorts>;

const speedRequest = z.strictObject({
  to: label,
  seconds: z.number().int().min(speedBounds.least).max(speedBounds.most),
  outside: z.boolean(),
}) satisfies z.ZodType<SpeedRequest>;

export const speedEndpoints = ({ questions, facts, commit }: Pick<Control, "questions" | "facts" | "commit">) => ({
  hostSpeed: endpoint({
    summary: "What one host can send another and the reverse: throughput, round trip, requests, and what limits them.",
    body: speedRequest,
    answer,
    handle: async ({ params, body: { to, seconds, outside }, caller }): Promise<SpeedAnswer> => {
      const from = params["name"]!;
      for (const name of [from, to]) {
        const { hosts } = facts();
        if (!hosts.has(name)) throw unknownHost(name, hosts.keys(), `no host ${name} has joined`);
      }
      if (from === to) throw new AppError("invalidRequest", "a host is not measured with itself");
      await commit(authorOf(caller), async () => ({
        writes: [],
        audit: { action: "host.speed", subject: from, details: { to, seconds, outside } },
        result: undefined,
      }));
      const token = randomBytes(16).toString("hex");
      const forMs = 2_000 * seconds + speedOverheadMs;
      const serve = { kind: "speedServe", host: from, token, forMs, outside } as const;
      const ports = read(listening, to, await questions.ask(to, "mesh", serve, 10_000));
      const run = { kind: "speedRun", host: to, token, ports, seconds, outside } as const;
      const told = read(measured, from, await questions.ask(from, "mesh", run, forMs));
      return { from, to, seconds, ...told };
    },
  }),
});

function read<T>(shape: z.ZodType<T>, host: string, answered: Answered): T {
  if ("reason" in answered) throw new AppError("unreachable", `${host} does not measure: ${answered.reason}`);
  const { success, data } = shape.safeParse(answered.value);
  if (!success) throw new AppError("unreachable", `what ${host} answers cannot be read`);
  return data;
}
