// A WebSocket over TLS that says something again and again, and prints a line for each answer: node system-socket.ts HOST PATH
import { once } from "node:events";
import { request } from "node:https";
import type { Socket } from "node:net";

const [host = "", path = "/"] = process.argv.slice(2);
const headers = { connection: "upgrade", upgrade: "websocket", "sec-websocket-key": "x" };
const asked = request({ host, path, headers, agent: false, servername: host, rejectUnauthorized: false }).end();
const [, socket] = (await once(asked, "upgrade")) as [unknown, Socket];
const timer = setInterval(() => socket.write(Buffer.from([0x81, 0x82, 0, 0, 0, 0, 0x68, 0x69])), 100);
socket.on("error", () => {}).on("data", () => console.log("again"));
await once(socket, "close");
clearInterval(timer);
