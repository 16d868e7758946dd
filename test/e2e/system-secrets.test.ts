// No private key and no secret of a token is anywhere but where it belongs, after an installation has done all it can do.
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, suite, test } from "node:test";
import { apiRoutes } from "../../src/wire/api-routes.ts";
import { decodeToken } from "../../src/wire/token.ts";
import type { Host } from "../lab/lab.ts";
import { needsRoot } from "../lab/needs-root.ts";
import { waitFor } from "../lab/wait-for.ts";
import { openSystem, pidsOf, type System, withRoute } from "./system.ts";

/** A log that nobody writes here. */
const slipped = "/var/lib/portway/edge/logs/stream-error.log";

/** A secret in each form that it could be met in: as it is written, as bytes, as hexadecimal digits. */
interface Secret {
  readonly name: string;
  readonly forms: readonly Buffer[];
}

interface Place {
  readonly name: string;
  readonly bytes: Buffer;
}

/** 32 bytes; `written` is the text in the file that is theirs. */
function secretOf(name: string, bytes: Buffer, written: string): Secret {
  assert.equal(bytes.length, 32, name);
  const clamped = Buffer.from(bytes); // as WireGuard itself shows a key (RFC 7748 section 5)
  clamped[0]! &= 248;
  clamped[31] = (clamped[31]! & 127) | 64;
  const forms = [bytes, clamped].flatMap((one) => [
    one,
    ...(["base64", "base64url", "hex"] as const).map((form) => Buffer.from(one.toString(form))),
  ]);
  return { name, forms: [Buffer.from(written), ...forms] };
}

/** `secret in place` for each that is found. */
const found = (secrets: readonly Secret[], places: readonly Place[]): readonly string[] =>
  places.flatMap(({ name, bytes }) =>
    secrets
      .filter(({ forms }) => forms.some((form) => bytes.includes(form)))
      .map((secret) => `${secret.name} in ${name}`),
  );

suite("a secret", { ...needsRoot, timeout: 240_000 }, () => {
  let system: System;
  let keys: readonly Secret[];
  let retired: readonly Secret[];
  let tokens: readonly Secret[];
  let wherever: readonly Place[];
  let bundle: readonly Place[];

  /** Every file below a folder of a host, by its name there. */
  const filesOf = (host: Host, folder: string): readonly Place[] => {
    const root = `/proc/${host.pid}/root${folder}`;
    return readdirSync(root, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name))
      .map((path) => ({ name: `${host.name}:${folder}${path.slice(root.length)}`, bytes: readFileSync(path) }));
  };
  const processesOf = (host: Host): readonly Place[] =>
    pidsOf(host, /./).flatMap((pid) =>
      ["cmdline", "environ"].map((what) => ({
        name: `${host.name}: ${what} of ${pid}`,
        bytes: readFileSync(`/proc/${pid}/${what}`),
      })),
    );
  const replies = async (): Promise<readonly Place[]> => {
    const gets = Object.values(apiRoutes).filter(({ method, access }) => method === "GET" && access !== "host");
    const paths = gets
      .map(({ path }) => path)
      .filter((path) => path !== apiRoutes.events.path)
      .flatMap((path) =>
        path.includes(":name") ? ["edge-1", "api-1"].map((name) => path.replace(":name", name)) : path,
      );
    assert.ok(paths.length >= 8);
    return Promise.all(
      paths.map(async (path) => {
        // A refusal, as of a question without its words, is a reply as well.
        const words = ["curl", "-s", "--unix-socket", "/run/portway/control.sock", `http://control${path}`];
        return { name: `the reply of ${path}`, bytes: Buffer.from((await system.edge.run(words)).stdout) };
      }),
    );
  };

  const wireGuardKeys = (): readonly Secret[] =>
    [system.edge, system.api].flatMap((host) =>
      filesOf(host, "/var/lib/portway/agent/keys").map(({ name, bytes }) => {
        const written = bytes.toString().trim();
        return secretOf(name, Buffer.from(written, "base64"), written);
      }),
    );
  /** Follows a rotation to its end: keys that came and went, and no argument of a process that holds one. */
  const untilRotated = async (): Promise<readonly Secret[]> => {
    const seen = new Map<string, Secret>();
    const isOver = async () => {
      for (const key of wireGuardKeys()) seen.set(key.name, key);
      assert.deepEqual(found([...seen.values()], [system.edge, system.api].flatMap(processesOf)), []);
      const isOld = ({ name }: Secret) => /pw0\.1|pwx|edge-1:.*pwr\.1|api-1:.*pwr1\.1/.test(name);
      return /rotation 1 ended/.test(await system.ok(system.edge, "rotate")) && !wireGuardKeys().some(isOld);
    };
    await waitFor(isOver, { what: "the rotation to end", timeoutMs: 90_000 });
    return [...seen.values()];
  };

  before(async () => {
    system = await openSystem();
    const { edge, api, ok } = system;
    const made = [(await api.readFile("/run/root/token")).trim(), (await ok(edge, "token", "create")).trim()];
    const admin = (await ok(edge, "token", "create", "--admin")).trim();
    await edge.writeFile("/run/root/admin-token", admin, 0o600);
    const remote = ["--url", "https://edge.example.com:7443", "--token-file", "/run/root/admin-token"];
    await ok(edge, ...remote, "--authority", "/var/lib/portway/identity/ca.pem", "hosts");
    await system.apply(withRoute("more"));
    await system.portway(edge, "hosts", "show", "api-1");
    const before = wireGuardKeys();
    await ok(edge, "rotate", "--all");
    const meanwhile = await untilRotated();
    const now = wireGuardKeys();
    // by what they are: a key on its way into its file was met under another name for a moment
    const isNow = ({ forms }: Secret) => now.some((one) => one.forms[0]!.equals(forms[0]!));
    retired = [...before, ...meanwhile].filter((key) => !isNow(key));
    keys = [edge, api].flatMap((host) => [
      ...now.filter(({ name }) => name.startsWith(`${host.name}:`)),
      ...filesOf(host, "/var/lib/portway/identity")
        .filter(({ name }) => name.endsWith("/key.pem"))
        .map(({ name, bytes }) => {
          const written = bytes.toString().split("\n")[1]!; // PKCS#8 of an Ed25519 key (RFC 8410) ends with its 32 bytes
          return secretOf(name, Buffer.from(written, "base64").subarray(-32), written);
        }),
    ]);
    const tokenSecret = (name: string, secret: string) => secretOf(name, Buffer.from(secret, "base64url"), secret);
    tokens = [
      ...made.map((token, index) => tokenSecret(`join token ${index}`, decodeToken(token).secret)),
      tokenSecret("administrator's token", admin.slice("pwa1.".length)),
    ];
    const hosts = [edge, api];
    // as if a program had logged what it must not: a key as it is written and as hexadecimal digits, tokens
    const slips = [keys[0]!.forms[0], keys[0]!.forms.at(-1), ...made].map((slip) => `a slip: ${slip}\n`).join("");
    await edge.writeFile(slipped, slips);
    await ok(edge, "debug", "bundle", "--output", "/run/root/bundle.tar.gz");
    await edge.run(["rm", slipped]);
    await edge.run(["mkdir", "/run/root/bundle"]);
    await edge.run(["tar", "-xzf", "/run/root/bundle.tar.gz", "-C", "/run/root/bundle"]);
    bundle = filesOf(edge, "/run/root/bundle");
    const logs = readdirSync(join(system.lab.folder, "boxes")).flatMap((box) => {
      const folder = join(system.lab.folder, "boxes", box, "logs");
      return readdirSync(folder).map((name) => ({ name: `${box}: ${name}`, bytes: readFileSync(join(folder, name)) }));
    });
    wherever = [
      ...hosts.flatMap((host) => filesOf(host, "/var/lib/portway")),
      ...hosts.flatMap((host) => filesOf(host, "/run/portway")),
      ...[...hosts, system.client].flatMap(processesOf),
      ...logs,
      ...bundle,
      ...(await replies()),
    ];
  });
  after(() => system?.close());

  test("key of WireGuard or of a host's identity is in its own file and nowhere else", () => {
    assert.ok(keys.length >= 12, `${keys.length} keys`);
    const own = keys.map(({ name }) => `${name} in ${name}`);
    assert.deepEqual([...found(keys, wherever)].sort(), own.sort());
  });

  test("key that was replaced, or served a rotation alone, is nowhere any more", () => {
    const names = retired.map(({ name }) => name).join();
    for (const expected of [/edge-1:\S*pw0\.1\.key/, /api-1:\S*pwr1\.1\.key/, /api-1:\S*pwx\.1\.key/])
      assert.match(names, expected);
    assert.deepEqual(found(retired, wherever), []);
  });

  test("of a token is nowhere", () => {
    assert.deepEqual(found(tokens, wherever), []);
  });

  test("is taken out of a debug bundle, which has the rest", () => {
    assert.deepEqual(found([...keys, ...tokens], bundle), []);
    const text = (end: string) => bundle.find(({ name }) => name.endsWith(end))!.bytes.toString();
    assert.equal(text("edge/logs/stream-error.log"), "a slip: [removed]\n".repeat(4));
    assert.match(text("network/wireguard.txt"), /interface: pw0/);
    assert.match(text("network/firewall.txt"), /table inet portway/);
    assert.match(text("control/status.json"), /"api-1"/);
    assert.match(text("edge/nginx.conf"), /api\.example\.com|portway/);
    assert.match(text("agent/state.json"), /"plane\/pw0"/);
  });

  test("would be found: what is searched holds the registry, the logs and the replies", () => {
    const names = wherever.map(({ name }) => name).join("\n");
    for (const expected of [
      /edge-1:\/var\/lib\/portway\/control\/\S+\.db\n/,
      /edge-1:\/var\/lib\/portway\/logs\/(control|agent|edge)\.log/,
      /api-1:\/var\/lib\/portway\/logs\/agent\.log/,
      /the reply of \/v1\/audit/,
      /api-1: cmdline of/,
    ])
      assert.match(names, expected);
    const canary = { name: "network", forms: [Buffer.from("acme")] };
    assert.ok(found([canary], wherever).some((one) => /control\//.test(one)));
  });
});
