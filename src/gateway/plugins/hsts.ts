// hsts: Strict-Transport-Security (RFC 6797), sent over TLS alone (section 7.2).
import { currentRequest, setAnswerHeader } from "../request.ts";
import type { Plugin } from "./plugin.ts";

export const hsts: Plugin<"hsts", string> = {
  name: "hsts",
  prepare: (config) => config.value,
  answer: (request, value) => {
    if (request.isSecure) setAnswerHeader(currentRequest(), "Strict-Transport-Security", value);
  },
};
