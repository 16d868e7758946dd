// Asks one URL again and again over one connection until it stops answering 404; prints when, in ms since the epoch.
// Usage: node watch-route.ts URL CA_FILE   (gives up after 30 s)
import { readFileSync } from "node:fs";
import { Agent, get } from "node:https";

const [url, caFile] = process.argv.slice(2) as [string, string];
const agent = new Agent({ keepAlive: true, maxSockets: 1, ca: readFileSync(caFile) });
const started = Date.now();
let said = false;

const ask = () =>
  new Promise<number>((resolve, reject) => {
    get(url, { agent }, (answer) => answer.resume().on("end", () => resolve(answer.statusCode!))).on("error", reject);
  });

while (Date.now() - started < 30_000) {
  const status = await ask();
  if (!said) {
    console.log(`watching: ${status}`);
    said = true;
  }
  if (status !== 404) {
    console.log(`changed to ${status} at ${Date.now()}`);
    process.exit(0);
  }
  await new Promise((resolve) => setTimeout(resolve, 2));
}
process.exit(1);
