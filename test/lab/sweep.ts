// Removes every lab whose owner is gone: `make demo-down`.
import { sweepLabs } from "./owner.ts";

const { removed, inUse } = sweepLabs();
for (const folder of removed) console.log(`removed ${folder}`);
for (const folder of inUse) console.log(`left ${folder}: the process that made it still runs, end that first`);
if (removed.length + inUse.length === 0) console.log("no lab was left behind");
