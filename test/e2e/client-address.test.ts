// Whose request it is: the connection's address, unless a trusted proxy says another, and what the target is told of it.
//
//   client ──(PROXY header)──▶ nginx (1 worker) ──▶ origin that keeps every byte
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { type Recorder, recordingOrigin } from "../hostile/recorder.ts";
import { type Gateway, startGateway } from "./gateway-nginx.ts";
import { route, service, targetsAt } from "./gateway-objects.ts";
import { exchange, statuses } from "./gateway-origins.ts";

const get = (lines = "") => `GET / HTTP/1.1\r\nHost: a.test\r\nConnection: close\r\n${lines}\r\n`;
const only = { plugin: "ipAllow", config: { prefixes: ["192.0.2.7/32", "2001:db8::7/128"] } } as const;

/** A PROXY header of version 2 for TCP over IPv4: 192.0.2.7 to 192.0.2.8. */
const version2 = "\r\n\r\n\0\r\nQUIT\n\x21\x11\0\x0c\xc0\0\x02\x07\xc0\0\x02\x08\x10\0\x10\0";

interface Row {
  readonly name: string;
  readonly bytes: string;
  /** The status, and what X-Forwarded-For tells the target. */
  readonly gets: readonly [status: number, address?: string] | "nothing";
}

interface Setup {
  readonly trustedProxies: readonly string[];
  readonly proxyProtocol?: boolean;
  readonly forwarded?: boolean;
}

function rows({ trustedProxies, proxyProtocol = false, forwarded = false }: Setup, table: readonly Row[]): void {
  let origin: Recorder;
  let gateway: Gateway;
  before(async () => {
    origin = await recordingOrigin();
    const objects = { ...service("app", targetsAt(origin.port)), ...route("a", {}, [only]) };
    gateway = await startGateway({ workers: 1, objects, nginx: { trustedProxies, proxyProtocol, forwarded } });
  });
  after(async () => {
    await gateway.stop();
    origin.close();
  });
  for (const { name, bytes, gets } of table) {
    test(name, async () => {
      origin.forget();
      const answers = statuses(await exchange(gateway.httpPort, bytes, 2_000));
      if (gets === "nothing") return assert.deepEqual([answers, origin.messages], [[], []]);
      const told = origin.messages.flatMap(({ headers }) => headers.filter((line) => addressHeaders.test(line)));
      const expected = gets[1] === undefined ? [] : toldOf(gets[1], forwarded);
      assert.deepEqual([answers, told], [[gets[0]], expected]);
    });
  }
}

/** Whatever the client and its proxies wrote, a target is told the client's address alone. */
const addressHeaders = /^(x-forwarded-for|forwarded|portway_for):/i;

function toldOf(address: string, forwarded: boolean): string[] {
  const node = address.includes(":") ? `[${address}]` : address;
  return [`X-Forwarded-For: ${address}`, ...(forwarded ? [`Forwarded: for="${node}";host="a.test";proto=http`] : [])];
}

const v4: Row["gets"] = [200, "192.0.2.7"];
const v6: Row["gets"] = [200, "2001:db8::7"];

describe("the client's address, where the PROXY protocol is on and the proxy is trusted,", () => {
  rows({ trustedProxies: ["127.0.0.0/8"], proxyProtocol: true }, [
    { name: "is what version 1 says of IPv4", bytes: `PROXY TCP4 192.0.2.7 192.0.2.8 1 2\r\n${get()}`, gets: v4 },
    { name: "is what version 1 says of IPv6", bytes: `PROXY TCP6 2001:db8::7 2001:db8::8 1 2\r\n${get()}`, gets: v6 },
    { name: "is what version 2 says", bytes: version2 + get(), gets: v4 },
    { name: "is the proxy's where it says UNKNOWN", bytes: `PROXY UNKNOWN\r\n${get()}`, gets: [403] },
    {
      name: "is not what X-Forwarded-For says",
      bytes: `PROXY TCP4 192.0.2.9 192.0.2.8 1 2\r\n${get("X-Forwarded-For: 192.0.2.7\r\n")}`,
      gets: [403],
    },
    { name: "is needed: a connection without it is closed", bytes: get(), gets: "nothing" },
    { name: "is whole: half a header is closed", bytes: `PROXY TCP4 192.0.2.7\r\n${get()}`, gets: "nothing" },
    { name: "is an address", bytes: `PROXY TCP4 a.b.c.d 192.0.2.8 1 2\r\n${get()}`, gets: [403] },
    {
      name: "is said once: a second header is no request",
      bytes: `PROXY TCP4 192.0.2.7 192.0.2.8 1 2\r\nPROXY TCP4 192.0.2.7 192.0.2.8 1 2\r\n${get()}`,
      gets: [400],
    },
  ]);
});

describe("the client's address, where the PROXY protocol is on and the sender is not trusted,", () => {
  rows({ trustedProxies: ["10.0.0.0/8"], proxyProtocol: true }, [
    { name: "is the connection's", bytes: `PROXY TCP4 192.0.2.7 192.0.2.8 1 2\r\n${get()}`, gets: [403] },
  ]);
});

describe("the client's address, where a trusted proxy writes X-Forwarded-For,", () => {
  const from = (value: string) => get(`X-Forwarded-For: ${value}\r\n`);
  rows({ trustedProxies: ["127.0.0.0/8", "10.0.0.0/8"] }, [
    { name: "is the last one", bytes: from("192.0.2.7"), gets: v4 },
    { name: "is the last that no trusted proxy has", bytes: from("192.0.2.7, 10.0.0.1, 127.0.0.1"), gets: v4 },
    { name: "is not what the client wrote before it", bytes: from("192.0.2.7, 198.51.100.1"), gets: [403] },
    {
      name: "is read over several lines, from the last",
      bytes: get("X-Forwarded-For: 192.0.2.7\r\nX-Forwarded-For: 10.0.0.1\r\n"),
      gets: v4,
    },
    { name: "may be of IPv6", bytes: from("2001:db8::7"), gets: v6 },
    { name: "ends at what is no address", bytes: from("192.0.2.7, unknown"), gets: [403] },
    { name: "is the proxy's without the header", bytes: get(), gets: [403] },
    {
      name: "is not what other headers say",
      bytes: get("X-Real-IP: 192.0.2.7\r\nForwarded: for=192.0.2.7\r\n"),
      gets: [403],
    },
  ]);
});

describe("the client's address, where a trusted proxy writes Forwarded,", () => {
  const from = (value: string) => get(`Forwarded: ${value}\r\n`);
  rows({ trustedProxies: ["127.0.0.0/8", "10.0.0.0/8"], forwarded: true }, [
    { name: "is the last one", bytes: from("for=192.0.2.7"), gets: v4 },
    { name: "is the last that no trusted proxy has", bytes: from("for=192.0.2.7, for=10.0.0.1;by=_x"), gets: v4 },
    { name: "is not what the client wrote before it", bytes: from("for=192.0.2.7, for=198.51.100.1"), gets: [403] },
    {
      name: "is read over several lines, from the last",
      bytes: get("Forwarded: for=192.0.2.7\r\nforwarded: For=10.0.0.1\r\n"),
      gets: v4,
    },
    { name: "may be of IPv6", bytes: from('for="[2001:db8::7]:4711"'), gets: v6 },
    { name: "ends at what is no address", bytes: from("for=192.0.2.7, for=_hidden"), gets: [403] },
    { name: "ends at an element without one", bytes: from("for=192.0.2.7, proto=https"), gets: [403] },
    { name: "is not hidden by a quote that is open", bytes: from('for="x, for=192.0.2.7'), gets: v4 },
    {
      name: "is behind a hundred other headers",
      bytes: get(`${"A: b\r\n".repeat(150)}Forwarded: for=192.0.2.7\r\n`),
      gets: v4,
    },
    { name: "is the proxy's without the header", bytes: get(), gets: [403] },
    { name: "is not what X-Forwarded-For says", bytes: get("X-Forwarded-For: 192.0.2.7\r\n"), gets: [403] },
    { name: "is not what the edge's own header says", bytes: get("portway_for: 192.0.2.7\r\n"), gets: [403] },
  ]);
});

describe("the client's address, where Forwarded is spoken and the sender is not trusted,", () => {
  rows({ trustedProxies: ["10.0.0.0/8"], forwarded: true }, [
    { name: "is the connection's", bytes: get("Forwarded: for=192.0.2.7\r\n"), gets: [403] },
  ]);
});
