// cors (the Fetch standard, section 3.2): preflight requests are answered here, before authentication, since browsers send
// no credentials with them; answers to other requests tell which origin may read them. What the target says about it is
// replaced: one place decides.
import type { CorsConfig } from "../../wire/edge-plugins.ts";
import type { RequestRecord } from "../record.ts";
import type { Pointer } from "../request.ts";
import { currentRequest, setAnswerHeader, variable } from "../request.ts";
import { addVary } from "../vary.ts";
import { noteOwnAnswer } from "../why/answered.ts";
import type { Plugin } from "./plugin.ts";

interface Ready extends CorsConfig {
  /** Origins that were looked up before, and whether they may. */
  known: Record<string, boolean | undefined>;
  count: number;
}

const mostKnown = 1000;
const noContent = 204;

function matches(config: CorsConfig, origin: string): boolean {
  if (config.origins.includes(origin)) return true;
  for (const { start, end } of config.patterns) {
    const isLonger = origin.length > start.length + end.length;
    if (!isLonger || !origin.startsWith(start) || !origin.endsWith(end)) continue;
    const [stranger] = string.find(string.sub(origin, start.length + 1, -end.length - 1), "[^a-z0-9.-]");
    if (stranger === undefined) return true;
  }
  return false;
}

function lookUp(ready: Ready, origin: string): boolean {
  if (ready.count >= mostKnown) {
    ready.known = {};
    ready.count = 0;
  }
  const isAllowed = matches(ready, origin);
  ready.known[origin] = isAllowed;
  ready.count++;
  return isAllowed;
}

function mayRead(ready: Ready, origin: string): boolean {
  if (ready.isOpen) return true;
  const known = ready.known[origin];
  if (known !== undefined) return known;
  const isAllowed = lookUp(ready, origin);
  return isAllowed;
}

function removeAnswerHeader(name: string): void {
  ngx.header[name] = undefined;
}

function answerPreflight(request: RequestRecord, pointer: Pointer, ready: Ready): void {
  setAnswerHeader(pointer, "Access-Control-Allow-Methods", ready.methods);
  if (ready.headers !== "") setAnswerHeader(pointer, "Access-Control-Allow-Headers", ready.headers);
  setAnswerHeader(pointer, "Access-Control-Max-Age", ready.maxAge);
  setAnswerHeader(pointer, "Vary", "Access-Control-Request-Method, Access-Control-Request-Headers");
  noteOwnAnswer(request, "cors");
  ngx.exit(noContent);
}

function preflight(request: RequestRecord, ready: Ready): number {
  const pointer = currentRequest();
  const origin = variable(pointer, "http_origin");
  const method = variable(pointer, "http_access_control_request_method");
  if (origin === undefined || method === undefined) return 0;
  if (mayRead(ready, origin)) {
    answerPreflight(request, pointer, ready);
    return 0;
  }
  request.reason = "origin";
  return 403;
}

export const cors: Plugin<"cors", Ready> = {
  name: "cors",
  prepare: (config) => ({ ...config, known: {}, count: 0 }),
  access: (request, ready) => {
    if (request.method !== "OPTIONS") return 0;
    const status = preflight(request, ready);
    return status;
  },
  answer: (_request, ready) => {
    const pointer = currentRequest();
    if (!ready.isOpen) addVary(pointer, "Origin");
    const origin = variable(pointer, "http_origin");
    const isAllowed = origin !== undefined && mayRead(ready, origin);
    if (isAllowed) setAnswerHeader(pointer, "Access-Control-Allow-Origin", ready.isOpen ? "*" : origin);
    else removeAnswerHeader("Access-Control-Allow-Origin");
    if (isAllowed && ready.credentials) setAnswerHeader(pointer, "Access-Control-Allow-Credentials", "true");
    else removeAnswerHeader("Access-Control-Allow-Credentials");
    if (isAllowed && ready.expose !== "") setAnswerHeader(pointer, "Access-Control-Expose-Headers", ready.expose);
    else removeAnswerHeader("Access-Control-Expose-Headers");
  },
};
