// Answers that the gateway makes itself, with the request's id and nothing about the inside: application/problem+json
// (RFC 9457), or the form that the client prefers (error-form.ts). Each ends the request.
import { errorForm, grpcStatus } from "./error-form.ts";
import { recordOf } from "./record.ts";
import type { Pointer } from "./request.ts";
import { currentRequest, identity, variable } from "./request.ts";

const titles: Readonly<Record<number, string>> = {
  400: "Bad Request",
  401: "Unauthorized",
  403: "Forbidden",
  404: "Not Found",
  405: "Method Not Allowed",
  408: "Request Timeout",
  411: "Length Required",
  413: "Content Too Large",
  414: "URI Too Long",
  415: "Unsupported Media Type",
  416: "Range Not Satisfiable",
  421: "Misdirected Request",
  422: "Unprocessable Content",
  429: "Too Many Requests",
  431: "Request Header Fields Too Large",
  500: "Internal Server Error",
  501: "Not Implemented",
  502: "Bad Gateway",
  503: "Service Unavailable",
  504: "Gateway Timeout",
  505: "HTTP Version Not Supported",
};

/** `errors`: a list as JSON, empty for none. */
function problemBody(status: number, requestId: string, errors: string): string {
  const more = errors === "" ? "" : `,"errors":${errors}`;
  return `{"type":"about:blank","title":"${titles[status] ?? "Error"}","status":${status},"requestId":"${requestId}"${more}}\n`;
}

function htmlBody(status: number, requestId: string): string {
  const title = `${status} ${titles[status] ?? "Error"}`;
  return `<!doctype html>\n<html lang="en"><meta charset="utf-8"><title>${title}</title>\n<h1>${title}</h1>\n<p>Request ${requestId}</p></html>\n`;
}

function textBody(status: number, requestId: string): string {
  return `${status} ${titles[status] ?? "Error"}\nrequest ${requestId}\n`;
}

/** Headers alone, which a client takes for the trailers that end a call ("trailers-only"). */
function answerGrpc(status: number, requestId: string): void {
  const record = recordOf(identity(currentRequest()));
  if (record !== undefined) record.problemStatus = status;
  ngx.status = ngx.HTTP_OK;
  ngx.header["Content-Type"] = "application/grpc";
  ngx.header["Content-Length"] = 0;
  ngx.header["grpc-status"] = grpcStatus(status);
  ngx.header["grpc-message"] = `${titles[status] ?? "Error"} (request ${requestId})`;
  ngx.exit(ngx.HTTP_OK);
}

/** What a plugin said of it. */
function errorsOf(pointer: Pointer): string {
  const record = recordOf(identity(pointer));
  return record === undefined ? "" : record.problemErrors;
}

function answerBody(status: number, type: string, body: string): void {
  ngx.status = status;
  ngx.header["Content-Type"] = type;
  ngx.header["Content-Length"] = body.length;
  ngx.print(body);
  ngx.exit(ngx.HTTP_OK);
}

/** Sends the answer and ends the request; called in the access or content phase. */
export function answerProblem(status: number, requestId: string): void {
  const pointer = currentRequest();
  const form = errorForm(variable(pointer, "content_type"), variable(pointer, "http_accept"));
  if (form === "grpc") answerGrpc(status, requestId);
  else if (form === "html") answerBody(status, "text/html; charset=utf-8", htmlBody(status, requestId));
  else if (form === "text") answerBody(status, "text/plain; charset=utf-8", textBody(status, requestId));
  else answerBody(status, "application/problem+json", problemBody(status, requestId, errorsOf(pointer)));
}
