import assert from "node:assert/strict";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { suite, test } from "node:test";
import { everyNode, loadTree } from "./command-tree.ts";
import { commands } from "./commands.ts";
import { globalOptions } from "./global-options.ts";
import { runCaptured } from "./harness.ts";

const golden = join(import.meta.dirname, "../../test/golden/cli");
const tree = await loadTree({ hidden: true });
const nodes = everyNode(tree);

suite("the help of", () => {
  // PORTWAY_GOLDEN=write node --test src/cli/program.test.ts writes what is missing or changed: read the diff.
  for (const { path } of nodes) {
    test(path, async () => {
      const { status, out, err } = await runCaptured([...path.split(" ").slice(1), "--help"]);
      assert.deepEqual([status, err], [0, ""]);
      const file = join(golden, `${path.replaceAll(" ", "-")}.txt`);
      if (process.env["PORTWAY_GOLDEN"] === "write") writeFileSync(file, out);
      assert.equal(out, existsSync(file) ? readFileSync(file, "utf8") : "");
    });
  }
});

suite("the table of commands", () => {
  test("holds what the documentation promises", () => {
    const shown = Object.keys(commands).filter((name) => commands[name]!.group !== undefined);
    const promised = [
      "apply",
      "approve",
      "audit",
      "can",
      "completion",
      "debug",
      "down",
      "drain",
      "events",
      "expose",
      "fmt",
      "hosts",
      "init",
      "inventory",
      "join",
      "leave",
      "logs",
      "netcheck",
      "ping",
      "plan",
      "reject",
      "rotate",
      "route",
      "routes",
      "schema",
      "speed",
      "status",
      "token",
      "top",
      "trace",
      "tune",
      "undrain",
      "up",
      "validate",
      "version",
      "why",
    ];
    assert.deepEqual(shown.sort(), promised);
  });

  test("says of each command in one sentence what it does, and shows how where there is a choice", () => {
    for (const { path, summary, options, examples, children, group } of nodes.slice(1)) {
      assert.match(summary, /^[a-z].*[^. ]$/, `${path}: a summary is one sentence without a full stop`);
      const choices = options.length > 2 && group !== "" && children.length === 0;
      if (choices) assert.ok(examples.length > 0, `${path} has options and no example`);
      for (const example of examples) assert.match(example, new RegExp(path), `${path}: an example shows the command`);
    }
  });

  test("has options that say what they do, none under the name of a global one but where it means the same", () => {
    const taken = new Set(globalOptions.map(({ flags }) => flags.split(" ")[0]));
    for (const { path, options } of nodes) {
      for (const { flags, text } of options) {
        assert.match(text, /^[a-z].*[^.]$|^PEM/, `${path} ${flags}`);
        if (path !== "portway join") assert.ok(!taken.has(flags.split(" ")[0]), `${path} ${flags}`);
      }
    }
  });

  test("gives every command without others below it something to do", async () => {
    for (const [name, { load }] of Object.entries(commands)) {
      const { run, commands: below = {}, usual } = (await load()).command;
      assert.equal(run === undefined, Object.keys(below).length > 0, name);
      for (const child of Object.values(below)) assert.ok(child.run, name);
      if (usual !== undefined) assert.ok(Object.hasOwn(below, usual), name);
    }
  });
});

suite("a command line that is wrong", () => {
  const wrong: readonly (readonly [words: string, says: RegExp, hint: RegExp])[] = [
    ["statsu", /unknown command 'statsu'/, /did you mean status\?/],
    ["statsu --help", /unknown command 'statsu'/, /did you mean status\?/],
    ["token creat", /unknown command 'token creat'/, /did you mean token create\?/],
    ["token zzz", /unknown command 'token zzz'/, /create, list, revoke/],
    ["help statsu", /unknown command 'statsu'/, /did you mean status\?/],
    ["token create --expirs 5m", /unknown option '--expirs'/, /did you mean --expires\?/],
    ["token create --expires soon", /--expires soon is not a duration/, /30s, 10m/],
    ["token create --admin --tag api", /--admin goes with neither/, /join with/],
    ["token revoke", /missing required argument 'id'/, /`portway help token revoke` shows how/],
    ["undrain", /missing required argument 'names'/, /`portway help undrain` shows how/],
    ["version now", /too many arguments/, /`portway help version`/],
    ["--nonsense", /unknown option '--nonsense'/, /`portway help` lists the commands/],
    ["token create --tag Bad_", /Bad_ cannot be a tag/, /lower-case letters/],
    ["token create --host Bad_", /Bad_ cannot be a host's name/, /lower-case letters/],
    ["hosts rename api-1 Bad_", /Bad_ cannot be a host's name/, /lower-case letters/],
    ["ping edge-1 Bad_", /Bad_ cannot be a host's name/, /lower-case letters/],
    ["speed Bad_ api-1", /Bad_ cannot be a host's name/, /lower-case letters/],
    ["speed edge-1 Bad_", /Bad_ cannot be a host's name/, /lower-case letters/],
    ["speed edge-1 api-1 -t 16", /--seconds takes a whole number from 1 to 15, not 16/, /^/],
    ["can edge-1 Bad_ icmp", /Bad_ cannot be a host's name/, /lower-case letters/],
    ["trace Bad_ api-1 icmp", /Bad_ cannot be a host's name/, /lower-case letters/],
    ["ping edge-1 api-1 -c 21", /--count takes a whole number from 1 to 20, not 21/, /^/],
    ["audit list --limit 501", /--limit takes a whole number from 1 to 500, not 501/, /^/],
    ["join --name Api_1", /Api_1 cannot be a host's name/, /lower-case letters/],
    ["join --token-file /dev/null", /\/dev\/null holds no token/, /token create/],
    ["completion tcsh", /SHELL cannot be tcsh/, /it is one of: bash, zsh, fish$/],
    ["completion bsh", /SHELL cannot be bsh/, /did you mean bash\?/],
    ["logs agnet", /PROGRAM cannot be agnet/, /did you mean agent\?/],
    ["agent --log-level loud", /--log-level cannot be loud/, /debug, info, warn, error/],
    ["status --jsno", /unknown option '--jsno'/, /did you mean --json\?/],
    ["hosts lst", /unknown command 'hosts lst'/, /did you mean hosts list\?/],
    ["join", /join needs a token/, /token create/],
    ["status --url https://control:7443", /needs an administrator's token/, /PORTWAY_TOKEN/],
    ["audit --limit none", /--limit takes a whole number/, /^/],
    ["audit verify --head abc", /--head takes 64 hexadecimal digits, not abc/, /portway audit verify/],
    ["expose api-1", /api-1 is not a host and a port/, /api-1:8080/],
    ["expose api-1:8080", /needs the public name/, /--host/],
    ["init --host Edge_1 no/such/file.yaml", /Edge_1/, /^/],
  ];
  for (const [words, says, hint] of wrong) {
    test(`is explained and ends with 2: ${words}`, async () => {
      const { status, out, err } = await runCaptured(words.split(" "));
      const [message = "", below = ""] = err.split("\n");
      assert.deepEqual([status, out], [2, ""]);
      assert.match(message, says);
      assert.match(message, /^portway: /);
      assert.match(below, hint);
    });
  }

  test("is a problem document with --json, wherever that stands", async () => {
    for (const words of [
      ["--json", "statsu"],
      ["token", "--json", "creat"],
      ["status", "--nope", "--json"],
    ]) {
      const { status, out, err } = await runCaptured(words);
      assert.deepEqual([status, out, JSON.parse(err).code], [2, "", "usage"]);
    }
  });

  test("without any word prints the help to standard error", async () => {
    const { status, out, err } = await runCaptured([]);
    assert.deepEqual([status, out], [2, ""]);
    assert.match(err, /^Usage: portway/);
  });
});

suite("output", () => {
  test("is in colour on a terminal alone, and never with NO_COLOR, --no-color, --json or a dumb terminal", async (context) => {
    const folder = mkdtempSync(join(tmpdir(), "portway-colour-"));
    context.after(() => rmSync(folder, { recursive: true }));
    const file = join(folder, "portway.yaml");
    writeFileSync(file, "version: 1\nnetwork: { name: NO }\n");
    const coloured = async (words: string[], options: Parameters<typeof runCaptured>[1]) => {
      const { out, err } = await runCaptured(["validate", file, ...words], options);
      return (out + err).includes("\x1b");
    };
    assert.equal(await coloured([], { terminal: true }), true);
    assert.equal(await coloured([], { terminal: false }), false);
    assert.equal(await coloured([], { terminal: true, env: { NO_COLOR: "1" } }), false);
    assert.equal(await coloured([], { terminal: true, env: { TERM: "dumb" } }), false);
    assert.equal(await coloured(["--no-color"], { terminal: true }), false);
    assert.equal(await coloured(["--json"], { terminal: true }), false);
  });

  test("of version has a stable shape with --json, before and after the command", async () => {
    for (const words of [
      ["--json", "version"],
      ["version", "--json"],
    ]) {
      const { status, out } = await runCaptured(words);
      assert.equal(status, 0);
      assert.deepEqual(Object.keys(JSON.parse(out)), ["version", "capability", "node"]);
    }
  });

  test("of help for a command below another is the same in both ways of asking", async () => {
    const [one, other] = [
      await runCaptured(["help", "token", "create"]),
      await runCaptured(["token", "create", "--help"]),
    ];
    assert.deepEqual(one, other);
  });
});
