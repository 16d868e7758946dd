// Reads `wg show LINK dump`: a line for the interface, then one for each peer, fields between tabs.
import type { Device, PeerState } from "../overlay/model.ts";

/** The private key, first in the text, is left behind here. */
export function parseDump(text: string): Device {
  const [head = "", ...peers] = text.split("\n").filter((line) => line !== "");
  const [, publicKey = "", listenPort = "0", mark = "off"] = head.split("\t");
  return {
    publicKey: publicKey === "(none)" ? "" : publicKey,
    listenPort: Number(listenPort),
    ...(mark !== "off" && { mark: Number(mark) }),
    peers: peers.map(parsePeer),
  };
}

function parsePeer(line: string): PeerState {
  const [publicKey = "", , endpoint = "", allowedIps = "", handshake, rx, tx, keepalive] = line.split("\t");
  return {
    publicKey,
    ...(endpoint !== "(none)" && { endpoint }),
    allowedIps: allowedIps === "(none)" ? [] : allowedIps.split(",").sort(),
    handshakeAtSeconds: Number(handshake),
    rxBytes: Number(rx),
    txBytes: Number(tx),
    keepaliveSeconds: keepalive === "off" ? 0 : Number(keepalive),
  };
}
