// responseStatus: an answer of the target has another status for the client. Breakers, ejection and what is counted of the
// target go by the one that it gave.
import { answerStatus, currentRequest } from "../request.ts";
import type { Plugin } from "./plugin.ts";

type Ready = Readonly<Record<number, number | undefined>>;

export const responseStatus: Plugin<"responseStatus", Ready> = {
  name: "responseStatus",
  prepare: ({ map }) => {
    const ready: Record<number, number | undefined> = {};
    for (const [from, to] of map) ready[from] = to;
    return ready;
  },
  answer: (request, ready) => {
    if (request.targetMs < 0 || request.endedFor !== "") return; // the gateway's own words
    const given = answerStatus(currentRequest());
    const status = ready[given];
    if (status === undefined) return;
    request.givenStatus = given;
    ngx.status = status;
  },
};
