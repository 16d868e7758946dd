// The dashboard's files over the API's door: read once at start, served to anyone. What they show needs a token.
import { createHash } from "node:crypto";
import { globSync, readFileSync } from "node:fs";
import { extname, join } from "node:path";
import type { Hono } from "hono";
import type { Bindings } from "./api/app.ts";

const built = new URL("../../build/web", import.meta.url).pathname;
const types: Readonly<Record<string, string>> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
};
const headers = {
  "content-security-policy":
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  "x-content-type-options": "nosniff",
  "referrer-policy": "no-referrer",
};

/** Serves the bundle at `/`; a host without one (an API alone) serves nothing there. */
export function serveDashboard(app: Hono<{ Bindings: Bindings }>, folder = built): void {
  for (const file of globSync("**/*.{html,js,css}", { cwd: folder })) {
    const body = readFileSync(join(folder, file), "utf8");
    const etag = `"${createHash("sha256").update(body).digest("base64url").slice(0, 22)}"`;
    const type = types[extname(file)]!;
    const caching = file.startsWith("assets/") ? "public, max-age=31536000, immutable" : "no-cache";
    app.get(file === "index.html" ? "/" : `/${file}`, (context) => {
      const all = { ...headers, etag, "cache-control": caching };
      if (context.req.header("if-none-match") === etag) return context.body(null, 304, all);
      return context.body(body, 200, { ...all, "content-type": type });
    });
  }
}
