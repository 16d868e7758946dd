// One UDP socket a plane, bound to the plane's own probe address, so that question and answer both go by that plane alone.
import { createSocket, type Socket } from "node:dgram";
import { decodeLetter, encodeLetter, type Letter } from "./letter.ts";
import { decodeProbe, encodeProbe, type Probe } from "./packet.ts";
import { decodeSizeProbe, encodeSizeProbe, type SizeProbe } from "./size-packet.ts";

export interface ProbeSocket {
  /** A probe that cannot be sent is one that is lost. */
  readonly send: (probe: Probe, to: string) => void;
  readonly tell: (letter: Letter, to: string) => void;
  readonly sendSized: (probe: SizeProbe, to: string) => void;
  /** Whether the socket is bound; if not, it is tried again: the address exists only once the interface does. */
  readonly isReady: () => boolean;
  readonly close: () => void;
}

export interface ProbeListener {
  /** A question came, which was answered. */
  readonly onQuestion: (from: string, probe: Probe) => void;
  readonly onAnswer: (probe: Probe) => void;
  readonly onLetter: (letter: Letter, from: string) => void;
  readonly onSized: (probe: SizeProbe, from: string) => void;
  /** A datagram of any of these kinds went out. */
  readonly onSent: () => void;
}

/** Questions are answered here at once; the listener gets the answers. */
export function openProbeSocket(address: string, port: number, listener: ProbeListener): ProbeSocket {
  let socket: Socket | undefined;
  let bound = false;

  const drop = () => {
    socket?.removeAllListeners().on("error", () => {});
    if (socket !== undefined) socket.close();
    socket = undefined;
    bound = false;
  };
  const sendBytes = (bytes: Uint8Array, to: string) => {
    // no route, no interface: silence says the same
    if (bound) socket!.send(bytes, port, to, (error) => void (error === null && listener.onSent()));
  };
  const send = (probe: Probe, to: string) => sendBytes(encodeProbe(probe), to);
  const sendSized = (probe: SizeProbe, to: string) => sendBytes(encodeSizeProbe(probe), to);
  const bind = () => {
    socket = createSocket({ type: "udp6", ipv6Only: true });
    socket
      .on("listening", () => {
        bound = true;
      })
      .on("error", drop)
      .on("message", (bytes, from) => {
        const probe = decodeProbe(bytes);
        if (probe?.kind === "ask") {
          send({ ...probe, kind: "answer" }, from.address);
          listener.onQuestion(from.address, probe);
        }
        if (probe?.kind === "answer") listener.onAnswer(probe);
        if (probe !== undefined) return;
        const sized = decodeSizeProbe(bytes);
        if (sized?.kind === "ask") sendSized({ ...sized, kind: "answer" }, from.address);
        if (sized?.kind === "answer") listener.onSized(sized, from.address);
        const letter = sized === undefined ? decodeLetter(bytes) : undefined;
        if (letter !== undefined) listener.onLetter(letter, from.address);
      });
    socket.bind({ address, port });
  };
  const isReady = () => {
    if (socket === undefined) bind();
    return bound;
  };
  return { send, tell: (letter, to) => sendBytes(encodeLetter(letter), to), sendSized, isReady, close: drop };
}
