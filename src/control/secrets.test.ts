import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { inspect } from "node:util";
import type { Log } from "../lib/log.ts";
import { generateHostIdentity } from "../lib/x509.ts";
import type { TokenCreated } from "../wire/api.ts";
import { type ApiRouteId, apiRoutes } from "../wire/api-routes.ts";
import type { JoinAnswer } from "../wire/join.ts";
import { decodeToken } from "../wire/token.ts";
import { ask, demand, joinBody, smallFile, startTestControl } from "./harness.ts";

test("no secret of a token and no private key is in the registry, the log or any answer but the one that gives it", async () => {
  let said = "";
  const write = (fields: object, message: string) => {
    said += `${inspect(fields, { depth: 10 })} ${message}\n`;
  };
  const log: Log = { debug: write, info: write, warn: write, error: write, child: () => log };
  const control = await startTestControl({ log });
  await control.apply(smallFile);

  const make = (body: object) => demand<TokenCreated>(control.local, "tokenCreate", { body });
  const admin = await make({ kind: "admin" });
  const joining = await make({ kind: "join" });
  const unused = await make({ kind: "join" });
  const secretOf = ({ token }: TokenCreated) => decodeToken(token).secret;
  const identity = await generateHostIdentity();
  const body = joinBody(secretOf(joining), "api-1", identity);
  const joined = await ask(control.stranger, "join", { body });
  const again = await ask(control.stranger, "join", { body });
  const door = {
    ...control.stranger,
    key: identity.privateKeyPem,
    cert: (JSON.parse(joined.body) as JoinAnswer).certificate,
  };

  const answers = [joined.body, again.body];
  const authorization = `Bearer ${admin.token}`;
  for (const id of Object.keys(apiRoutes) as ApiRouteId[]) {
    if (["stream", "events", "selfLeave"].includes(id)) continue;
    const request = { ...(apiRoutes[id].method === "POST" && { body: { text: smallFile } }) };
    answers.push((await ask(control.stranger, id, { ...request, headers: { authorization } })).body);
    if (id !== "tokenCreate") answers.push((await ask(control.local, id, request)).body);
    answers.push((await ask(door, id, request)).body);
  }
  let registry = "";
  for (const { key, value } of (await control.registry.list("")).entries) registry += `${key} ${value}\n`;
  const files = ["root.key", "intermediate.key", "server.key"];
  const keys = files.map((name) => readFileSync(join(control.paths.control, name), "utf8"));
  const stickyKey = readFileSync(join(control.paths.control, "sticky.key"), "utf8");
  const debugKey = readFileSync(join(control.paths.control, "debug.key"), "utf8");
  await control.close();

  const pemBody = (pem: string) => pem.split("\n")[1]!;
  const canaries = [
    admin.token.slice("pwa1.".length),
    secretOf(joining),
    secretOf(unused),
    stickyKey,
    debugKey,
    ...[...keys, identity.privateKeyPem].map(pemBody),
  ];
  for (const canary of canaries) {
    assert.ok(canary.length > 20);
    for (const [where, text] of Object.entries({ registry, said, answers: answers.join("\n") })) {
      assert.ok(!text.includes(canary), `a secret is in ${where}`);
    }
  }
  assert.ok(registry.includes("hosts/api-1") && said.includes("control is running"), "there was something to search");
});
