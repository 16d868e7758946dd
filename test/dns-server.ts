// A DNS server on loopback that answers what a test tells it (RFC 1035): A and AAAA, one question a packet.
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { parseAddress } from "../src/net/address.ts";

export interface Zone {
  /** Addresses of both families, or what is wrong. */
  readonly answer: readonly string[] | "noSuchName" | "failure" | "silence";
  readonly ttlSeconds?: number;
}

export interface DnsServer {
  /** `127.0.0.1:PORT` */
  readonly address: string;
  /** What is answered from now on, by name; other names are not there. */
  readonly tell: (zones: Readonly<Record<string, Zone>>) => void;
  /** Names that were asked for IPv4 addresses. */
  readonly asked: () => readonly string[];
  readonly close: () => Promise<void>;
}

const typeA = 1;
const typeAaaa = 28;
const codes = { noSuchName: 3, failure: 2 };

export async function dnsServer(): Promise<DnsServer> {
  const socket = createSocket("udp4");
  let zones: Readonly<Record<string, Zone>> = {};
  const asked: string[] = [];
  socket.on("message", (query, { address, port }) => {
    const { name, type, end } = questionOf(query);
    if (type === typeA) asked.push(name);
    const zone: Zone = Object.hasOwn(zones, name) ? zones[name]! : { answer: "noSuchName" };
    if (zone.answer === "silence") return;
    socket.send(reply(query.subarray(0, end), type, zone), port, address);
  });
  socket.bind(0, "127.0.0.1");
  await once(socket, "listening");
  return {
    address: `127.0.0.1:${socket.address().port}`,
    tell(next) {
      zones = next;
    },
    asked: () => asked,
    close: () => new Promise((resolve) => socket.close(() => resolve())),
  };
}

/** The one question of a packet; `end` is where it ends. */
function questionOf(query: Buffer): { readonly name: string; readonly type: number; readonly end: number } {
  const labels: string[] = [];
  let at = 12;
  for (let length = query[at]!; length > 0; length = query[at]!) {
    labels.push(query.toString("latin1", at + 1, at + 1 + length).toLowerCase());
    at += 1 + length;
  }
  return { name: labels.join("."), type: query.readUInt16BE(at + 1), end: at + 5 };
}

function reply(query: Buffer, type: number, { answer, ttlSeconds = 60 }: Zone): Buffer {
  const addresses = typeof answer === "string" ? [] : answer.map((text) => parseAddress(text)!);
  const wanted = addresses.filter(({ family }) => type === (family === 4 ? typeA : typeAaaa));
  const header = Buffer.from(query);
  header.writeUInt16BE(0x8180 | (typeof answer === "string" ? codes[answer as keyof typeof codes] : 0), 2);
  header.writeUInt16BE(wanted.length, 6);
  header.fill(0, 8, 12);
  const records = wanted.map(({ family, value }) => {
    const bytes = family === 4 ? 4 : 16;
    const record = Buffer.alloc(12 + bytes);
    record.writeUInt16BE(0xc00c, 0); // the question's name
    record.writeUInt16BE(type, 2);
    record.writeUInt16BE(1, 4);
    record.writeUInt32BE(ttlSeconds, 6);
    record.writeUInt16BE(bytes, 10);
    record.write(value.toString(16).padStart(2 * bytes, "0"), 12, "hex");
    return record;
  });
  return Buffer.concat([header, ...records]);
}
