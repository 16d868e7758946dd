// Bundles the dashboard into build/web.
import { build } from "vite";

await build({
  root: "src/web",
  base: "./",
  configFile: false,
  logLevel: "warn",
  oxc: { jsx: { runtime: "automatic" } },
  build: { outDir: "../../build/web", emptyOutDir: true, target: "es2022" },
});
