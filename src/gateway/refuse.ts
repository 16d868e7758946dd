// The answer to a request that does not go on.
import { answerProblem } from "./problem.ts";
import type { Pointer } from "./request.ts";
import { variable } from "./request.ts";

/**
 * In the access phase. A client that waits to be asked for its body is not: nginx would, to throw the body away. Such a
 * client may send it or not, so its connection is closed (RFC 9110 section 10.1.1).
 */
export function refuse(pointer: Pointer, status: number, requestId: string): void {
  if (variable(pointer, "http_expect") === undefined) {
    answerProblem(status, requestId);
    return;
  }
  ngx.req.clear_header("Expect");
  ngx.status = status;
  ngx.exec("@last_answer");
}
