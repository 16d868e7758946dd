// Problems told where no HTTP answer exists to write to: on the connection itself.
import { STATUS_CODES } from "node:http";
import { type AppError, errorStatus, toProblem } from "../wire/errors.ts";

/** The whole answer, as text; the connection is to be ended after it. */
export function rawProblem(error: AppError): string {
  const status = errorStatus[error.code];
  const body = JSON.stringify(toProblem(error));
  const headers = `Content-Type: application/problem+json\r\nContent-Length: ${Buffer.byteLength(body)}`;
  return `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\n${headers}\r\nConnection: close\r\n\r\n${body}`;
}
