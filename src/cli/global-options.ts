// Options that every command takes, before or after its name.
import type { Option } from "./command.ts";

/** The result for programs. */
export const jsonOption: Option = { flags: "--json", text: "print results as JSON" };

export const globalOptions: readonly Option[] = [
  jsonOption,
  { flags: "--no-color", text: "no colours (also: NO_COLOR=1)" },
  { flags: "--url <url>", text: "control's URL instead of the local socket (PORTWAY_URL)" },
  {
    flags: "--token-file <file>",
    text: "file with an administrator's token (PORTWAY_TOKEN_FILE, or the token itself in PORTWAY_TOKEN)",
  },
  { flags: "--authority <file>", text: "PEM root certificate that control must prove (PORTWAY_AUTHORITY)" },
  { flags: "--state-dir <dir>", text: "where state is kept (PORTWAY_STATE_DIR; default /var/lib/portway)" },
  { flags: "--run-dir <dir>", text: "where sockets are (PORTWAY_RUN_DIR; default /run/portway)" },
];

/** Their values. */
export interface GlobalOptions {
  readonly json?: boolean;
  readonly color?: boolean;
  readonly url?: string;
  readonly tokenFile?: string;
  readonly authority?: string;
  readonly stateDir?: string;
  readonly runDir?: string;
}
