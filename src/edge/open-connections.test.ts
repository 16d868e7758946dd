import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { type AddressInfo, connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { openConnections } from "./open-connections.ts";

let folder: string;
before(() => {
  folder = mkdtempSync(join(tmpdir(), "portway-open-"));
});
after(() => rmSync(folder, { recursive: true }));

const head = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n";
const line = (at: string, from: string, to: string, state: string, inode: number) =>
  `${at}: ${from} ${to} ${state} 00000000:00000000 00:00000000 00000000    33        0 ${inode} 1 0000000000000000 20 4 30 10 -1\n`;

test("connections of a port and to a target are counted as the kernel tells them", async () => {
  for (const host of ["127.0.0.1", "::1"]) {
    const server = createServer().listen(0, host);
    await once(server, "listening");
    const { port } = server.address() as AddressInfo;
    const accepted = new Promise<void>((resolve) => {
      let count = 0;
      server.on("connection", () => ++count === 2 && resolve());
    });
    const sockets = [connect({ host, port }), connect({ host, port })];
    try {
      await Promise.all([accepted, ...sockets.map((socket) => once(socket, "connect"))]);
      const open = await openConnections({ ports: [port], targets: [{ address: host, port }] });
      assert.deepEqual([open.at(port), open.to({ address: host, port })], [2, 2], host);
    } finally {
      for (const socket of sockets) socket.destroy();
      server.close();
    }
  }
});

test("what nobody holds, what listens and what is not connected yet does not count", async () => {
  const path = join(folder, "tcp");
  const [here, there, other] = ["0100007F:1538", "0200004D:1F90", "0100007F:9C40"];
  const lines = [
    line("    0", here, "00000000:0000", "0A", 1),
    line("    1", here, other, "01", 2),
    line("    2", here, other, "08", 3),
    line("    3", here, other, "06", 0),
    line("    4", here, other, "01", 0),
    line("    5", other, there, "01", 4),
    line("    6", other, there, "02", 5),
    line("12345", other, there, "05", 6),
    line("    7", other, here, "01", 7),
  ];
  writeFileSync(path, head + lines.join(""));
  const target = { address: "77.0.0.2", port: 8080 };
  const tables = [
    { path, digits: 8 },
    { path: join(folder, "none"), digits: 32 },
  ] as const;
  const open = await openConnections({ ports: [5432], targets: [target] }, tables);
  assert.deepEqual([open.at(5432), open.to(target)], [2, 2]);
  assert.equal(open.at(80), 0);
});

test("a table of many pieces is read whole", async () => {
  const path = join(folder, "long");
  const count = 5000;
  const lines = Array.from({ length: count }, (_, at) =>
    line(`${at}`.padStart(4), "0100007F:1538", "0100007F:9C40", "01", 9),
  );
  writeFileSync(path, head + lines.join(""));
  const open = await openConnections({ ports: [5432], targets: [] }, [{ path, digits: 8 }]);
  assert.equal(open.at(5432), count);
});
