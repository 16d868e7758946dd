// Answers that the gateway makes itself: application/problem+json (RFC 9457) with the request's id and nothing about the
// inside. Each ends the request.

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
  429: "Too Many Requests",
  431: "Request Header Fields Too Large",
  500: "Internal Server Error",
  501: "Not Implemented",
  502: "Bad Gateway",
  503: "Service Unavailable",
  504: "Gateway Timeout",
  505: "HTTP Version Not Supported",
};

export function problemBody(status: number, requestId: string): string {
  return `{"type":"about:blank","title":"${titles[status] ?? "Error"}","status":${status},"requestId":"${requestId}"}\n`;
}

/** Sends the answer and ends the request; called in the access or content phase. */
export function answerProblem(status: number, requestId: string): void {
  const body = problemBody(status, requestId);
  ngx.status = status;
  ngx.header["Content-Type"] = "application/problem+json";
  ngx.header["Content-Length"] = body.length;
  ngx.print(body);
  ngx.exit(ngx.HTTP_OK);
}
