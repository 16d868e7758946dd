// What Portway's interfaces carry beside hand-made ones, with WireGuard in Debian's kernel: bench/guest/throughput.ts.
import { benchInGuest } from "../in-guest.ts";

await benchInGuest("guest/throughput.ts", { minutes: 40 });
