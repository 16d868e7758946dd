import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { TokenCreated } from "../wire/api.ts";
import { demand, refused, smallFile, startTestControl, type TestControl } from "./harness.ts";

let control: TestControl;
before(async () => {
  control = await startTestControl();
});
after(() => control.close());

const said = async (body: object) =>
  (await demand<TokenCreated>(control.local, "tokenCreate", { body: { kind: "join", ...body } })).warnings?.map(
    ({ text, hint }) => `${text} | ${hint}`,
  );

test("a token's names that the file does not have are told, with those that were probably meant", async () => {
  assert.equal(await said({ host: "api-9" }), undefined, "there is no file yet");
  await control.apply(smallFile);
  assert.equal(await said({ host: "api-1", tags: ["db"] }), undefined);
  assert.deepEqual(await said({ host: "ap-1", tags: ["dbs", "laptops"] }), [
    "the file names no host ap-1: it gets no role, and no tags but the token's | did you mean api-1?",
    "no host, access rule or service of the file has the tag dbs | did you mean db?",
    "no host, access rule or service of the file has the tag laptops | use it in access: or services:, else it does nothing",
  ]);
});

test("a host that nobody knows may be another, whatever is asked of it", async () => {
  await control.join("api-1");
  const hints = await Promise.all([
    refused(control.local, "hostGet", { path: { name: "api1" } }),
    refused(control.local, "hostRemove", { path: { name: "api1" } }),
    refused(control.local, "hostRename", { path: { name: "api1" }, body: { to: "api-7" } }),
    refused(control.local, "hostPing", { path: { name: "api1" }, query: { to: "api-1", count: "1" } }),
    refused(control.local, "rotationStart", { body: { hosts: ["api1"] } }),
  ]);
  assert.deepEqual(
    hints.map(({ hint }) => hint),
    Array(5).fill("did you mean api-1?"),
  );
  const { hint } = await refused(control.local, "hostGet", { path: { name: "somebody" } });
  assert.equal(hint, "see `portway hosts list`");
});
