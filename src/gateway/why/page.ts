// What the edge process asks for `portway why`.
import { currentRequest, variable } from "../request.ts";
import { lastFailures, reportText } from "./keep.ts";

/** GET /why?id=ID, 404 when it is not kept; GET /why: the last failures. */
export function sendWhy(): void {
  const id = variable(currentRequest(), "arg_id");
  const text = id === undefined ? lastFailures() : reportText(id);
  ngx.header["Content-Type"] = "application/json";
  if (text === undefined) ngx.status = 404;
  ngx.print(text ?? "{}");
}
