// The header Portway-Why of an answer whose client may be told (debug.ts).
import type { RequestRecord } from "../record.ts";
import type { Pointer } from "../request.ts";
import { setAnswerHeader } from "../request.ts";
import { briefReport, leastDetail } from "./brief.ts";
import { reportNow } from "./keep.ts";
import type { Trace } from "./trace.ts";

const cjson: CjsonSafe = require("cjson.safe");
/** Clients take 8 KiB of headers and more. */
const mostBytes = 2048;

/** In the header filter, when all else of the answer's headers is done. No cache may keep it for another client. */
export function tellWhy(trace: Trace, pointer: Pointer, request: RequestRecord, status: number): void {
  const seen = request.problemStatus !== 0 ? request.problemStatus : status;
  const report = reportNow(trace, pointer, request, seen);
  for (let detail = 0; detail <= leastDetail; detail++) {
    const [text] = cjson.encode(briefReport(report, detail));
    if (text === undefined || text.length > mostBytes) continue;
    const [visible] = string.gsub(text, "[^ -~]", "?");
    setAnswerHeader(pointer, "Portway-Why", visible);
    break;
  }
  setAnswerHeader(pointer, "Cache-Control", "no-store");
  ngx.header["CDN-Cache-Control"] = undefined;
  ngx.header["Surrogate-Control"] = undefined;
}
