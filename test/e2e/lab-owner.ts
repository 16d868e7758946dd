// A process that owns a lab and ends in a way that lab.test.ts chooses: killed, told to stop, or by its own fault.
import { createLab } from "../lab/lab.ts";

const lab = createLab();
const host = await lab.host("edge-1", { on: await lab.internet() });
host.start(["sleep", "infinity"]);
console.log(lab.folder);
if (process.argv[2] === "throw") throw new Error("a fault of the owner");
setInterval(() => {}, 1000);
