// The gateway inside nginx: every public request, decided by looking things up in a snapshot that Node has prepared. These
// are the functions that nginx.conf calls, a phase each (src/edge/nginx-conf.ts).
import { access as decide } from "./access.ts";
import { answer } from "./answer.ts";
import { balance } from "./balancer.ts";
import { editBody } from "./body-edit.ts";
import { trustProxies } from "./clients/trusted-proxies.ts";
import { readForwarded, readSenders } from "./forwarded.ts";
import { log as count } from "./log.ts";
import { logRequestLine } from "./logged.ts";
import { boundRequests } from "./overload/shedding.ts";
import { loaded } from "./plugins/compress.ts";
import { answerProblem } from "./problem.ts";
import { recordOf } from "./record.ts";
import { currentRequest, identity, setVariable } from "./request.ts";
import { nextRequestId, startRequestIds } from "./request-id.ts";
import { boundBodies } from "./slow-bodies.ts";
import { handlePush, noteRefusal } from "./snapshot/push.ts";
import { loadSnapshot } from "./snapshot/start.ts";
import { receiveDrains, receiveHealth, sendCounters, sendState } from "./state.ts";
import { startTargetTls } from "./target-tls.ts";
import { greet, presentCertificate } from "./tls.ts";
import { sendWhy } from "./why/page.ts";
import { startWorker } from "./worker.ts";

export interface Options {
  /** JSON {revision, digest, objects}, kept by the edge process. */
  readonly stateFile: string;
  /** That a worker may have besides idle ones to targets. */
  readonly connections: number;
  /** nginx has the module for brotli. */
  readonly hasBrotli: boolean;
  /** Upstreams for targets that speak TLS. */
  readonly targetSlots: number;
  /** For a body to come at any pace. */
  readonly bodyGraceMs: number;
  /** Prefixes of proxies that tell their clients' addresses; absent: none. */
  readonly trustedProxies?: readonly string[];
}

/** LuaJIT's own bounds are for scripts: the way of a request through all plugins is one long trace here. */
const compilerBounds = ["maxtrace=8000", "maxrecord=20000", "maxirconst=4000", "maxmcode=40960"] as const;

/** init_by_lua: the snapshot, once for all workers. */
export function init(options: Options): void {
  const compiler: JitOptions = jit.opt;
  compiler.start(...compilerBounds);
  boundRequests(options.connections);
  boundBodies(options.bodyGraceMs);
  trustProxies(options.trustedProxies ?? []);
  loaded.brotli = options.hasBrotli;
  startTargetTls(options.targetSlots);
  const problem = loadSnapshot(options.stateFile);
  if (problem !== undefined) noteRefusal(problem);
}

/** init_worker_by_lua. */
export function initWorker(): void {
  startRequestIds();
  startWorker();
}

/** ssl_client_hello_by_lua. */
export function clientHello(): void {
  greet();
}

/** ssl_certificate_by_lua. */
export function certificate(): void {
  presentCertificate();
}

/** rewrite_by_lua, where Forwarded is spoken. */
export function forwarded(): void {
  readForwarded();
}

/** rewrite_by_lua, where proxies are trusted and a listener has HTTPS's port. */
export function senders(isForwarded: boolean): void {
  readSenders(isForwarded);
}

/** access_by_lua; `isSecure`: this server speaks TLS. */
export function access(isSecure: boolean): void {
  decide(isSecure);
}

/** balancer_by_lua. */
export function balancer(): void {
  balance();
}

/** header_filter_by_lua. */
export function headerFilter(): void {
  answer();
}

/** body_filter_by_lua, where bodies are changed; ngx.ERROR ends the connection. */
export function bodyFilter(): number | undefined {
  const result = editBody();
  return result;
}

/** log_by_lua. */
export function log(): void {
  count();
}

/** nginx takes the end of a connection that the gateway ended for a bad gateway. */
const endedStatuses: Readonly<Record<string, number | undefined>> = { overdue: 504, drained: 503 };

/** content_by_lua of error_page's location: errors that nginx found itself. */
export function errorPage(): void {
  const pointer = currentRequest();
  logRequestLine(pointer);
  const record = recordOf(identity(pointer));
  if (record === undefined) {
    const id = nextRequestId();
    setVariable(pointer, "portway_request_id", id);
    answerProblem(ngx.status, id);
    return;
  }
  if (record.endedFor === "brokenAnswer" || record.endedFor === "unfitBody") ngx.exec("@last_answer");
  answerProblem(endedStatuses[record.endedFor] ?? ngx.status, record.id);
}

/** content_by_lua of the location after whose answers nginx closes the client's connection. */
export function lastAnswer(): void {
  answerProblem(ngx.status, recordOf(identity(currentRequest()))!.id);
}

/** POST /snapshot of the edge's socket. */
export function push(): void {
  handlePush();
}

/** GET /state of the edge's socket. */
export function state(): void {
  sendState();
}

/** POST /health of the edge's socket. */
export function health(): void {
  receiveHealth();
}

/** POST /drains of the edge's socket. */
export function drains(): void {
  receiveDrains();
}

/** GET /counters of the edge's socket. */
export function counters(): void {
  sendCounters();
}

/** GET /why of the edge's socket: the last failures, or with `?id=ID` the report of a request. */
export function why(): void {
  sendWhy();
}
