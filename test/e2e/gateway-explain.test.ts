// What `portway route explain` says of a file's routes is what the gateway does with them: 1,400 requests, of which no two are
// alike, each asked of both.
//
//   portway.yaml ──compile──▶ nginx, whose routes answer with their names
//               └─explain──▶ a name, or the status of a refusal
import assert from "node:assert/strict";
import { Agent, request } from "node:http";
import { after, before, suite, test } from "node:test";
import { explainRoute } from "../../src/cli/route-explain/explain.ts";
import { askedRequest } from "../../src/cli/route-explain/request.ts";
import { compile } from "../../src/plan/compile.ts";
import { parseSpec } from "../../src/spec/parse.ts";
import type { Spec } from "../../src/spec/types.ts";
import { joined } from "../plan/spec.ts";
import { type Gateway, startGateway } from "./gateway-nginx.ts";

const routes = {
  root: 'hosts: [a.test], paths: ["/"]',
  exact: 'hosts: [a.test], paths: ["/x"], methods: [GET]',
  posts: 'hosts: [a.test], paths: ["/x"], methods: [POST, PURGE]',
  version: 'hosts: [a.test], paths: ["/x"], methods: [GET], headers: { X-V: { prefix: "2." } }',
  "version-query": 'hosts: [a.test], paths: ["/x"], headers: { X-V: "2.1" }, query: { q: { present: true } }',
  below: 'hosts: [a.test], paths: ["/x/"], methods: [GET, DELETE]',
  named: 'hosts: [a.test, "*.test"], paths: ["/{id}/y"]',
  "named-below": 'hosts: [a.test], paths: ["/x/{id}/"], query: { q: "1" }',
  deep: 'hosts: [a.test], paths: ["/x/y/z/"]',
  pages: 'hosts: ["*.a.test"], paths: ["/"], methods: [GET], use: { cors: { origins: ["*"] } }',
  inner: 'hosts: ["*.b.a.test"], paths: ["/x/"], methods: [HEAD, OPTIONS]',
  wide: 'hosts: ["*.test"], paths: ["/x/", "/y"], headers: { X-W: { present: true } }',
  any: 'hosts: ["*"], paths: ["/y/"]',
};

const file = `version: 1
network: { name: acme }
hosts: { edge-1: { roles: [edge], endpoint: edge.example.com } }
edge: { http: { redirect: false }, https: false, limits: false }
routes:
${Object.entries(routes)
  .map(([name, asks]) => `  - { name: ${name}, ${asks}, respond: { headers: { X-Route: ${name} } } }\n`)
  .join("")}`;

const asked = {
  host: ["a.test", "A.test:80", "c.a.test", "c.b.a.test", "d.test", "other", "[::1]"],
  path: [
    "/",
    "/x",
    "/x/",
    "/%78",
    "/x/y",
    "/x/y/z",
    "/x/%C3%A9/",
    "/y",
    "/y/y",
    "/a%20b/y",
    "//x",
    "/x/..",
    "/x%2Fy",
    "/X",
  ],
  query: ["", "?q=1", "?%71=%31", "?q=2&q=1", "?p"],
  method: ["GET", "HEAD", "POST", "OPTIONS", "PURGE"],
  headers: [[], ["X-V: 2.1"], ["X-V: 2.10", "X-W: "], ["Origin: https://o.test", "Access-Control-Request-Method: GET"]],
} as const;

suite("portway route explain", { timeout: 120_000 }, () => {
  let spec: Spec;
  let gateway: Gateway;
  const agent = new Agent({ keepAlive: true, maxSockets: 16 });

  before(async () => {
    const parsed = parseSpec(file);
    assert.deepEqual(
      parsed.issues.filter(({ severity }) => severity === "error"),
      [],
    );
    spec = parsed.spec!;
    const { nginx: _, ...objects } = compile(spec, joined(Object.keys(spec.hosts))).hosts["edge-1"]!.edge!;
    gateway = await startGateway({ objects });
  });
  after(async () => {
    agent.destroy();
    await gateway.stop();
  });

  /** The route that answers, or the status and its Allow. */
  function answered(method: string, host: string, path: string, lines: readonly string[]): Promise<string> {
    const headers = { host, ...Object.fromEntries(lines.map((line) => line.split(": ", 2))) };
    return new Promise((resolve, reject) => {
      const sent = request({ host: "127.0.0.1", port: gateway.httpPort, agent, method, path, headers }, (reply) => {
        reply.resume();
        const isPreflight = reply.statusCode === 204 && reply.headers["access-control-allow-methods"] !== undefined;
        const route = isPreflight ? "pages" : reply.headers["x-route"];
        resolve(String(route ?? `${reply.statusCode} ${reply.headers["allow"] ?? ""}`));
      });
      sent.on("error", reject).end();
    });
  }

  function explained(method: string, host: string, path: string, lines: readonly string[]): string {
    const { route, status, allow } = explainRoute(spec, askedRequest(method, `http://${host}${path}`, lines));
    return route ?? `${status} ${allow}`;
  }

  for (const host of asked.host) {
    test(`says of ${host} what the gateway does`, async () => {
      const requests = asked.path.flatMap((path) =>
        asked.query.flatMap((query) =>
          asked.method.flatMap((method) => asked.headers.map((lines) => [method, host, path + query, lines] as const)),
        ),
      );
      const some = requests.filter((_, index) => index % 7 === asked.host.indexOf(host) % 7);
      const answers = await Promise.all(some.map((one) => answered(...one)));
      assert.deepEqual(
        some.map((one, index) => [one, answers[index]]),
        some.map((one) => [one, explained(...one)]),
      );
    });
  }
});
