// Joins as a command, without starting anything: `node agent-enrol.ts TOKEN NAME [TOKEN NAME]…`. The first name is this
// machine's, others stand for machines that are not there: their files are in /run/root/NAME.
import { join } from "../../src/agent/join.ts";
import { pathsFrom } from "../../src/lib/paths.ts";

const words = process.argv.slice(2);
for (let at = 0; at < words.length; at += 2) {
  const [token, name] = [words[at]!, words[at + 1]!];
  await join({ token, name, paths: pathsFrom(at === 0 ? {} : { stateDir: `/run/root/${name}` }) });
}
