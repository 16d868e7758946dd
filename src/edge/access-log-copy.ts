// The access log on standard output: nginx writes its file, which is bounded and rotated, and the edge process copies each line.
import { type Following, followFile } from "./follow-file.ts";

/** Gives one look at the log: its new lines go out while that is wanted, those written meanwhile do not. */
export function accessLogCopy(path: string, out: (text: string) => void): (isWanted: boolean) => void {
  let following: Following | undefined;
  let lines = "";
  return (isWanted) => {
    if (!isWanted) {
      following?.close();
      following = undefined;
      return;
    }
    following ??= followFile(path, (line) => {
      lines += `${line}\n`;
    });
    following.look();
    if (lines !== "") out(lines);
    lines = "";
  };
}
