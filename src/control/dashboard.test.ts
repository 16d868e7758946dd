import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { Hono } from "hono";
import type { Bindings } from "./api/app.ts";
import { serveDashboard } from "./dashboard.ts";

test("the dashboard is served whole, under a policy that runs nothing from elsewhere", async () => {
  const folder = mkdtempSync(join(tmpdir(), "portway-dashboard-"));
  try {
    mkdirSync(join(folder, "assets"));
    writeFileSync(join(folder, "index.html"), "<p>hello</p>");
    writeFileSync(join(folder, "assets/index-1.js"), "1");
    const app = new Hono<{ Bindings: Bindings }>();
    serveDashboard(app, folder);
    const page = await app.request("/");
    assert.equal(await page.text(), "<p>hello</p>");
    assert.match(page.headers.get("content-security-policy")!, /default-src 'none'/);
    const etag = page.headers.get("etag")!;
    assert.equal((await app.request("/", { headers: { "if-none-match": etag } })).status, 304);
    assert.match((await app.request("/assets/index-1.js")).headers.get("cache-control")!, /immutable/);
    assert.equal((await app.request("/assets/../index.html.bak")).status, 404);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
