// What control and the commands refuse, and a disk that is full: nothing of it may harm what runs.
import assert from "node:assert/strict";
import { after, before, suite, test } from "node:test";
import type { Ran } from "../../src/lib/exec.ts";
import type { SpecDocument, TokenCreated, TokensAnswer } from "../../src/wire/api.ts";
import type { Problem } from "../../src/wire/errors.ts";
import type { Plan } from "../../src/wire/plan.ts";
import { decodeToken, encodeToken } from "../../src/wire/token.ts";
import type { Host } from "../lab/lab.ts";
import { needsRoot } from "../lab/needs-root.ts";
import { requester } from "../lab/requester.ts";
import { waitFor } from "../lab/wait-for.ts";
import { openSystem, publicName, type System, specFile, withRoute, yaml } from "./system.ts";

const controlFolder = "/var/lib/portway/control";

suite("an installation keeps on against", { ...needsRoot, timeout: 240_000 }, () => {
  let system: System;
  let stranger: Host;
  before(async () => {
    system = await openSystem({
      prepare: async (edge) => {
        await edge.run(["mkdir", "-p", controlFolder]);
        await edge.run(["mount", "-t", "tmpfs", "-o", "size=4m,mode=0700", "tmpfs", controlFolder]);
      },
    });
    stranger = await system.lab.host("stranger", { on: await system.lab.internet() });
  });
  after(() => system?.close());

  const json = async <T>(...words: string[]) => JSON.parse(await system.ok(system.edge, ...words, "--json")) as T;
  const textInForce = async () => {
    const words = ["curl", "-s", "--unix-socket", "/run/portway/control.sock", "http://control/v1/spec"];
    return (JSON.parse((await system.edge.run(words)).stdout) as SpecDocument).text;
  };
  const revision = async () => {
    const planned = await system.portway(system.edge, "plan", "--json"); // 2: there are changes
    return (JSON.parse(planned.stdout) as Plan).baseRevision;
  };
  const problemOf = (ran: Ran) => {
    assert.equal(ran.code, 1, ran.stdout + ran.stderr);
    return JSON.parse(ran.stderr) as Problem;
  };
  const newToken = async (...words: string[]) => (await json<TokenCreated>("token", "create", ...words)).token;
  /** Why the stranger may not join; it must be as it was afterwards. */
  const refusal = async (token: string, name = "stranger") => {
    await stranger.writeFile("/run/root/token", token, 0o600);
    const words = ["join", "--token-file", "token", "--name", name, "--foreground", "--json"];
    const problem = problemOf(await system.portway(stranger, ...words));
    assert.match((await stranger.run(["ls", "/var/lib/portway/identity"], { check: false })).stderr, /No such file/);
    assert.ok(!JSON.stringify(problem).includes(token.slice(4, 40)), "the token is not repeated");
    assert.ok(problem.hint, "it says what to do");
    return problem.code;
  };

  test("a file that names an unknown host: refused where it stands, nothing is changed", async () => {
    await system.edge.writeFile(specFile, yaml.replace("to: [tag:api]", "to: [api-9]"));
    for (const command of [["validate"], ["plan"], ["apply", "--yes"]]) {
      const ran = await system.portway(system.edge, ...command);
      assert.equal(ran.code, 1);
      assert.match(ran.stdout + ran.stderr, /portway\.yaml:7:\d+: .*api-9/);
    }
    assert.equal(await textInForce(), yaml);
    await system.edge.writeFile(specFile, yaml);
  });

  test("an apply of a revision that is no more in force", async () => {
    const planned = await revision();
    await system.apply(withRoute("one"));
    await system.edge.writeFile(specFile, withRoute("two"));
    const words = ["apply", "--yes", "--revision", `${planned}`, "--json"];
    const problem = problemOf(await system.portway(system.edge, ...words));
    assert.equal(problem.code, "staleRevision");
    assert.match(problem.hint ?? "", /plan/);
    assert.equal(await textInForce(), withRoute("one"));
  });

  test("two applies at once: one wins, the other is told", async () => {
    const planned = `${await revision()}`;
    const files = ["left", "right"].map((name) => ({ path: `/run/root/${name}.yaml`, text: withRoute(name) }));
    await Promise.all(files.map(({ path, text }) => system.edge.writeFile(path, text)));
    const apply = ({ path }: { path: string }) =>
      system.portway(system.edge, "apply", path, "--yes", "--revision", planned, "--json");
    const ended = await Promise.all(files.map(apply));
    const winner = ended.findIndex(({ code }) => code === 0);
    assert.notEqual(winner, -1, ended[0]!.stderr);
    assert.equal(problemOf(ended[1 - winner]!).code, "staleRevision");
    assert.equal(await textInForce(), files[winner]!.text);
  });

  test("a join token that is used, expired, malformed or for another authority", async () => {
    const used = (await system.api.readFile("/run/root/token")).trim();
    assert.equal(await refusal(used, "api-1"), "tokenUsed");

    const old = await newToken("--expires", "1s");
    const { id } = decodeToken(old);
    const hasExpired = async () =>
      (await json<TokensAnswer>("token", "list")).tokens.some((token) => token.id === id && token.state === "expired");
    await waitFor(hasExpired, { what: "the token to expire" });
    assert.equal(await refusal(old), "tokenExpired");

    const good = await newToken();
    for (const bad of [good.slice(0, -9), `pw1.${"A".repeat(100)}`, good.repeat(20)])
      assert.equal(await refusal(bad), "tokenInvalid");

    assert.equal(await refusal(encodeToken({ ...decodeToken(good), ca: "0".repeat(64) })), "wrongAuthority");
    const states = (await json<TokensAnswer>("token", "list")).tokens;
    assert.equal(states.find((token) => token.id === decodeToken(good).id)?.state, "valid", "no secret was sent");
  });

  test("a host that takes another's name", async () => {
    assert.equal(await refusal(await newToken(), "api-1"), "hostNameTaken");
    assert.equal(await refusal(await newToken(), "edge-1"), "hostNameTaken");
    await system.online("api-1");
  });

  test("a full disk of control: writes are refused with a reason, requests go on, and it heals by itself", async () => {
    await system.apply(yaml);
    const load = await requester(system.client, `https://${publicName}/`, { perSecond: 50 });
    const dd = ["dd", "if=/dev/zero", `of=${controlFolder}/filler`, "bs=4k"];
    assert.match((await system.edge.run(dd, { check: false })).stderr, /No space left/);
    await system.edge.writeFile(specFile, withRoute("full"));
    // What was free inside the registry's files takes small writes for a while, and then there is no room for a large one.
    const create = `curl -sf --unix-socket /run/portway/control.sock -H 'content-type: application/json' -d '{}' http://control/v1/tokens`;
    await system.edge.run(["sh", "-c", `for i in $(seq 2000); do ${create} >/dev/null || exit 0; done; exit 1`]);
    const small = await waitFor(
      async () => {
        const ran = await system.portway(system.edge, "token", "create", "--json");
        return ran.code === 0 ? undefined : ran;
      },
      { what: "a token to be refused" },
    );
    const large = await system.portway(system.edge, "apply", "--yes", "--json");
    for (const ran of [small, large]) {
      const problem = problemOf(ran);
      assert.equal(problem.code, "storeUnavailable");
      assert.match(`${problem.detail} ${problem.hint}`, /disk of the control host is full.*recovers by itself/);
    }
    assert.equal(await textInForce(), yaml);
    assert.equal((await system.status()).hosts.length, 2);
    const soFar = load.report().count;
    await waitFor(() => load.report().count > soFar + 20, { what: "requests while the disk is full" });
    await system.online("api-1");

    await system.edge.run(["rm", `${controlFolder}/filler`]);
    await system.ok(system.edge, "apply", "--yes");
    const { failures } = await load.stop();
    assert.equal(failures.length, 0, `${JSON.stringify(failures.slice(0, 3))}\n${system.lab.logTails(30)}`);
    assert.match(await system.ok(system.edge, "audit", "verify"), /whole/);
  });
});
