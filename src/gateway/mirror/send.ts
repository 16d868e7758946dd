// One copied request on a connection of its own, in a timer of nginx: what it is answered is read and thrown away.
import type { Timeouts } from "../../wire/edge-service.ts";
import type { Target } from "../world.ts";

const mostMs = 10_000;
const mostAnswer = 1024 * 1024;
const chunk = 8192;

/** `sent`, or `failed`: no connection, no answer in time, or a status from 500. */
export function sendCopy(target: Target, { connectMs, sendMs, readMs }: Timeouts, text: string): string {
  const socket = ngx.socket.tcp();
  socket.settimeouts(Math.min(connectMs, mostMs), Math.min(sendMs, mostMs), Math.min(readMs, mostMs));
  const [isConnected] = socket.connect(target.address, target.port);
  if (!isConnected) return "failed";
  const [sent] = socket.send(text);
  const [line] = sent === undefined ? [undefined] : socket.receive("*l");
  const isAnswered = line !== undefined && string.match(line, "^HTTP/1%.[01] [1-4]%d%d")[0] !== undefined;
  if (isAnswered) drain(socket);
  socket.close();
  return isAnswered ? "sent" : "failed";
}

/** A target that is cut off while it answers would take it for an error. */
function drain(socket: TcpSocket): void {
  for (let bytes = 0; bytes < mostAnswer; ) {
    const [data] = socket.receiveany(chunk);
    if (data === undefined) return;
    bytes += data.length;
  }
}
