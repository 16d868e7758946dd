// The dashboard's page as a browser gets to see it, made without one.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { build } from "vite";

const root = join(import.meta.dirname, "..");
// Inside the tree: what is built finds React where the tree has it.
const folder = mkdtempSync(join(root, "node_modules/.portway-page-"));
after(() => rmSync(folder, { recursive: true, force: true }));

let html: (overview: object) => string;
before(async () => {
  await build({
    root: join(root, "src/web"),
    configFile: false,
    logLevel: "error",
    oxc: { jsx: { runtime: "automatic" } },
    build: { ssr: "overview.tsx", outDir: folder, emptyOutDir: false, target: "es2022" },
  });
  const { OverviewPage } = await import(join(folder, "overview.js"));
  const [{ createElement }, { renderToStaticMarkup }] = await Promise.all([
    import("react"),
    import("react-dom/server"),
  ]);
  html = (overview) => renderToStaticMarkup(createElement(OverviewPage, { overview, onSignOut: () => {} }));
});

const host = {
  name: "edge-1",
  joined: true,
  online: true,
  connected: true,
  ipv4: "10.77.0.1",
  roles: ["edge"],
  tags: [],
};
const edge = {
  ...{ nginx: { running: true, workers: 2 }, requestsPerSecond: 12, errorsPerSecond: 0, revision: 3 },
  targets: [
    { service: "orders", target: "api-1", ejected: false },
    { service: "orders", target: "api-2", ejected: false, down: "status 503" },
  ],
};
const orders = { name: "orders", hosts: ["api.example.com"], paths: ["/orders/"], methods: [], destination: "orders" };
const overview = {
  status: { network: "acme", revision: 3, hosts: [{ ...host, edge }], drains: [], warnings: [] },
  audit: { entries: [] },
  routes: { revision: 3, routes: [{ ...orders, services: ["orders"], plugins: ["jwt"] }] },
  top: { edges: [{ edge: "edge-1", routes: [{ name: "orders", requestsPerSecond: 12.5, errorsPerSecond: 0 }] }] },
};

test("routes have a section of their own: what they take, where it goes, and which targets are in use", () => {
  const page = html(overview);
  const [, section = ""] = page.split("<h2>Routes</h2>");
  const cells = [...section.split("</table>")[0]!.matchAll(/<t[hd][^>]*>(.*?)<\/t[hd]>/g)].map(([, cell]) =>
    cell!.replace(/<[^>]+>/g, ""),
  );
  const heads = ["Route", "Takes", "Methods", "Goes to", "Targets in use", "Requests/s", "Errors/s", "p99", "Plugins"];
  assert.deepEqual(cells, [
    ...heads,
    ...[
      "orders",
      "api.example.com/orders/",
      "all",
      "orders",
      "1 of 2: not api-2 (status 503)",
      "12.5",
      "0.0",
      "–",
      "jwt",
    ],
  ]);
});

test("a file without routes has no such section", () => {
  assert.doesNotMatch(html({ ...overview, routes: { revision: 0, routes: [] } }), /Routes/);
});
