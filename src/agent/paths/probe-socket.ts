// One UDP socket a plane, bound to the plane's own probe address, so that question and answer both go by that plane alone.
import { createSocket, type Socket } from "node:dgram";
import { decodeProbe, encodeProbe, type Probe } from "./packet.ts";

export interface ProbeSocket {
  /** A probe that cannot be sent is one that is lost. */
  readonly send: (probe: Probe, to: string) => void;
  /** Whether the socket is bound; if not, it is tried again: the address exists only once the interface does. */
  readonly isReady: () => boolean;
  readonly close: () => void;
}

/** Questions are answered here at once; `onAnswer` gets the answers. */
export function openProbeSocket(address: string, port: number, onAnswer: (probe: Probe) => void): ProbeSocket {
  let socket: Socket | undefined;
  let bound = false;

  const drop = () => {
    socket?.removeAllListeners().on("error", () => {});
    if (socket !== undefined) socket.close();
    socket = undefined;
    bound = false;
  };
  const send = (probe: Probe, to: string) => {
    if (!bound) return;
    socket!.send(encodeProbe(probe), port, to, () => {}); // no route, no interface: silence says the same
  };
  const bind = () => {
    socket = createSocket({ type: "udp6", ipv6Only: true });
    socket
      .on("listening", () => {
        bound = true;
      })
      .on("error", drop)
      .on("message", (bytes, from) => {
        const probe = decodeProbe(bytes);
        if (probe?.kind === "ask") send({ ...probe, kind: "answer" }, from.address);
        if (probe?.kind === "answer") onAnswer(probe);
      });
    socket.bind({ address, port });
  };
  const isReady = () => {
    if (socket === undefined) bind();
    return bound;
  };
  return { send, isReady, close: drop };
}
