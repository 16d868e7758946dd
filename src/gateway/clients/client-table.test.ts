import assert from "node:assert/strict";
import { test } from "node:test";
import { type ClientTable, clientAt, newClientTable, sweepClients } from "./client-table.ts";

const sizeOf = ({ young, old }: ClientTable) => Object.keys(young).length + Object.keys(old).length;

test("a client stays the same one while it is in use, and is forgotten once it is quiet", () => {
  const table = newClientTable();
  const busy = clientAt(table, "busy")!;
  const indebted = clientAt(table, "indebted")!;
  clientAt(table, "quiet");
  busy.active = 1;
  indebted.dueMs = 60_000;
  for (let now = 1_000; now <= 20_000; now += 500) sweepClients(table, now);
  assert.equal(clientAt(table, "busy"), busy);
  assert.equal(clientAt(table, "indebted"), indebted);
  busy.active = 0;
  for (let now = 60_500; now <= 70_000; now += 500) sweepClients(table, now);
  assert.equal(sizeOf(table), 0);
});

test("a client that comes back while its generation is looked at is the same", () => {
  const table = newClientTable();
  const client = clientAt(table, "a")!;
  sweepClients(table, 1_000);
  assert.equal(clientAt(table, "a"), client);
  assert.equal(sizeOf(table), 1);
});

test("a tick looks at 500 clients at most", () => {
  const table = newClientTable();
  for (let i = 0; i < 1_200; i++) clientAt(table, `${i}`);
  const sizes = [1_000, 1_050, 1_100, 1_150].map((now) => {
    sweepClients(table, now);
    return sizeOf(table);
  });
  assert.deepEqual(sizes, [1_200, 700, 200, 0]);
});

test("there is a bound to how many are known; those that are known stay so", () => {
  const table = newClientTable();
  const first = clientAt(table, "0");
  for (let i = 1; i < 65_536; i++) clientAt(table, `${i}`);
  assert.equal(clientAt(table, "one more"), undefined);
  assert.equal(clientAt(table, "0"), first);
});
