// /v1/inventory: what the registry knows of hosts, as text for Git, and back into an empty registry.
import { z } from "zod";
import { maxInventoryBytes } from "../../spec/inventory/read.ts";
import type { InventoryAnswer, InventoryImported, InventoryRequest } from "../../wire/api.ts";
import { authorOf } from "../caller.ts";
import type { Control } from "../control.ts";
import { exportInventory, importInventory } from "../inventory.ts";
import { endpoint } from "./endpoint.ts";

const inventoryAnswer = z.object({ text: z.string(), revision: z.number() }) satisfies z.ZodType<InventoryAnswer>;

const inventoryRequest = z.strictObject({
  text: z.string(),
  addressesOnly: z.boolean().exactOptional(),
}) satisfies z.ZodType<InventoryRequest>;

const inventoryImported = z.object({
  revision: z.number(),
  hosts: z.number(),
  members: z.number(),
  unchanged: z.boolean(),
}) satisfies z.ZodType<InventoryImported>;

export const inventoryEndpoints = (control: Control) => ({
  inventoryGet: endpoint({
    summary: "Every host's addresses, identity, tags and keys, and the file in force, as YAML in a stable order.",
    answer: inventoryAnswer,
    handle: () => exportInventory(control),
  }),
  inventoryPut: endpoint({
    summary: "Make an empty registry what an inventory says.",
    body: inventoryRequest,
    answer: inventoryImported,
    maxBodyBytes: 2 * maxInventoryBytes,
    handle: ({ body, caller }) => importInventory(control, authorOf(caller), body),
  }),
});
