import assert from "node:assert/strict";
import { existsSync, globSync, readFileSync, writeFileSync } from "node:fs";
import { basename } from "node:path";
import { describe, test } from "node:test";
import fc from "fast-check";
import type { NginxObject } from "../wire/edge.ts";
import type { HttpsWay } from "./https-hop.ts";
import { nginxConf, type Place } from "./nginx-conf.ts";
import { luaLiteral, render, word } from "./nginx-text.ts";
import type { Machine } from "./tuning.ts";

const folder = new URL("../../test/golden/nginx/", import.meta.url).pathname;

interface Golden {
  readonly nginx: NginxObject;
  readonly machine: Machine;
  readonly place: Place;
}

const readGolden = (file: string) => JSON.parse(readFileSync(file, "utf8")) as Golden;
const goldens = globSync(`${folder}*.json`).sort();

describe("nginx.conf of", () => {
  // PORTWAY_GOLDEN=write node --test src/edge/nginx-conf.test.ts writes what is missing or changed: read the diff.
  for (const file of goldens) {
    test(`${basename(file, ".json")} is as it was read and agreed`, () => {
      const { nginx, machine, place } = readGolden(file);
      const expected = file.replace(/json$/, "conf");
      const text = nginxConf(nginx, machine, place);
      if (process.env["PORTWAY_GOLDEN"] === "write") writeFileSync(expected, text);
      assert.equal(text, existsSync(expected) ? readFileSync(expected, "utf8") : "");
    });
  }
});

test("HTTPS's port is shared while it changes hands, and then left to the second nginx", () => {
  const { nginx, machine, place } = readGolden(`${folder}small-vps.json`);
  const listens = (way: HttpsWay, change: Partial<NginxObject> = {}) => {
    const text = nginxConf({ ...nginx, https: { port: 443 }, ...change }, machine, place, way);
    return { text, lines: text.match(/listen (\S+:443|unix:\S+https\.sock) .*/g) ?? [] };
  };
  assert.deepEqual(
    listens("own").lines.map((line) => line.includes("reuseport")),
    [false, false],
  );
  const both = listens("both").lines;
  assert.deepEqual(
    both.map((line) => line.includes("reuseport")),
    [true, true, false],
  );
  const { text, lines } = listens("handed");
  assert.match(
    lines.join("\n"),
    /^listen unix:\S+hop\/https\.sock ssl http2 proxy_protocol default_server backlog=\d+;$/,
  );
  assert.match(text, /set_real_ip_from unix:;\n\s+real_ip_header proxy_protocol;/);
  const proxied = listens("handed", { trustedProxies: ["192.0.2.0/24"], proxyProtocol: false }).text;
  assert.match(
    proxied,
    /set_real_ip_from unix:;\n\s+set_real_ip_from 192\.0\.2\.0\/24;\n\s+real_ip_header portway_for;/,
  );
  assert.match(proxied, /rewrite_by_lua_block \{ require\("gateway.phases"\)\.senders\(false\) \}/);
});

const port = fc.integer({ min: 1, max: 65_535 });
const anyNginx: fc.Arbitrary<NginxObject> = fc.record({
  http: fc.option(fc.record({ port, redirect: fc.boolean() })),
  https: fc.option(fc.record({ port })),
  trustedProxies: fc.uniqueArray(fc.ipV4().map((address) => `${address}/32`)),
  proxyProtocol: fc.boolean(),
  forwarded: fc.boolean(),
  maxHeaderBytes: fc.integer({ min: 1024, max: 1_048_576 }),
  maxBodyBytes: fc.integer({ min: 0, max: 2 ** 40 }),
  accessLog: fc.boolean(),
  brotli: fc.boolean(),
  tuning: fc.record({ workers: fc.nat(64), connections: fc.nat(100_000) }, { requiredKeys: [] }),
  certificates: fc.constant([]),
  selfSignedNames: fc.constant([]),
});
const anyMachine: fc.Arbitrary<Machine> = fc.record({
  cores: fc.integer({ min: 1, max: 256 }),
  memoryBytes: fc.integer({ min: 2 ** 27, max: 2 ** 42 }),
  openFilesLimit: fc.integer({ min: 256, max: 2 ** 30 }),
});
const place = readGolden(goldens[0]!).place;

test("nginx.conf never holds a directive with a history of memory faults, nor an open proxy header", () => {
  fc.assert(
    fc.property(anyNginx, anyMachine, (nginx, machine) => {
      const text = nginxConf(nginx, machine, place);
      const directives = text.split("\n").map((line) => line.trim().split(" ")[0]);
      for (const name of ["if", "rewrite", "set", "alias", "root", "autoindex"]) assert.ok(!directives.includes(name));
      assert.doesNotMatch(text, /location ~|map .*~|^\s*~|\$[0-9]/m);
      assert.equal(text, nginxConf(nginx, machine, place));
    }),
  );
});

test("the certificates of the file are no part of nginx.conf, so that a new name needs no reload", () => {
  const { nginx, machine } = readGolden(goldens[0]!);
  const more = { certificateFile: "/x.pem", keyFile: "/x.key", names: ["a.example.com"] };
  const other = { ...nginx, certificates: [more], selfSignedNames: ["b.example.com"] };
  assert.equal(nginxConf(other, machine, place), nginxConf(nginx, machine, place));
});

test("brotli's module is loaded where a route asks for it and the host has it, and nothing names it elsewhere", () => {
  const { nginx, machine } = readGolden(goldens[0]!);
  for (const brotli of [true, false]) {
    for (const hasBrotli of [true, false]) {
      const text = nginxConf({ ...nginx, brotli }, machine, { ...place, hasBrotli });
      assert.equal(
        text.includes("load_module /usr/lib/nginx/modules/ngx_http_brotli_filter_module.so;"),
        brotli && hasBrotli,
      );
      assert.equal(/^\s*brotli/m.test(text), brotli && hasBrotli);
      assert.ok(text.includes(`hasBrotli = ${brotli && hasBrotli},`));
    }
  }
});

describe("nginx's language", () => {
  test("quotes words with spaces and refuses those that would mean more", () => {
    assert.equal(word("/var/lib/portway-1/nginx.sock"), "/var/lib/portway-1/nginx.sock");
    assert.equal(word("/srv/with space/x"), '"/srv/with space/x"');
    for (const bad of ["", "a;b$c", 'a"b', "a\nb", "a\\b"]) assert.throws(() => word(bad), RangeError);
  });

  test("nests blocks and ends directives", () => {
    assert.equal(render(["# x", "a 1", ["b", [["c", ["d 2"]]]]]), "# x\na 1;\nb {\n  c {\n    d 2;\n  }\n}\n");
  });

  test("writes Lua values so that no text ends its string", () => {
    assert.equal(
      luaLiteral({ text: 'a"\\\n}', list: ["x", 2], none: [], yes: true }),
      '{ text = "a\\"\\\\\\010}", list = { "x", 2 }, none = {}, yes = true }',
    );
  });
});
