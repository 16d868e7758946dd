// Starting the test API in a box.
import { join } from "node:path";
import type { Box } from "./box.ts";
import type { LabProcess } from "./process.ts";
import { waitFor } from "./wait-for.ts";

/** Starts api-server.ts and resolves once it listens; it calls itself by the box's name unless told. */
export async function startApi(
  box: Box,
  options: { readonly port?: number; readonly name?: string; readonly address?: string } = {},
): Promise<LabProcess> {
  const { port = 8080, name = box.name, address = "::" } = options;
  const words = [join(import.meta.dirname, "api-server.ts"), "--port", `${port}`, "--name", name, "--address", address];
  const api = box.start([process.execPath, ...words], { name: `api-${port}` });
  await waitFor(
    () => api.logText().includes("listens on") || (api.running() ? undefined : Promise.reject(api.logText())),
    {
      what: `the API on ${box.name} to listen`,
    },
  );
  return api;
}
