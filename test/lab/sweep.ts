// Removes every lab whose owner is gone: `make demo-down`.
import { sweepLabs } from "./owner.ts";

const removed = sweepLabs();
console.log(removed.length === 0 ? "no lab was left behind" : removed.map((folder) => `removed ${folder}`).join("\n"));
