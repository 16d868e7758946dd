// A TCP check: a connection is enough.
import { once } from "node:events";
import { connect } from "node:net";
import type { Door } from "./ask.ts";

/** Resolves when it is connected, rejects with what failed. */
export async function askTcp({ address, port }: Door, signal: AbortSignal): Promise<undefined> {
  const socket = connect({ host: address, port });
  socket.on("error", () => {}); // also after this has ended
  try {
    await once(socket, "connect", { signal });
  } finally {
    socket.destroy();
  }
}
