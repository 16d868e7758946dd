// What a target got, without the headers that the gateway always sets, whose values are checked here.
import assert from "node:assert/strict";
import type { Forwarded } from "./case.ts";
import type { Message } from "./recorder.ts";
import { afterPath } from "./send.ts";

/** Each header that every forwarded request has exactly once, and its value. */
export function ownHeaders(port: number, scheme = "http"): readonly RegExp[] {
  return [
    /^Host: a\.test$/,
    /^X-Request-Id: [0-9a-f]{12}-\d+$/,
    /^X-Forwarded-For: 127\.0\.0\.1$/,
    new RegExp(`^X-Forwarded-Proto: ${scheme}$`),
    /^X-Forwarded-Host: a\.test$/,
    new RegExp(`^X-Forwarded-Port: ${port}$`),
  ];
}

/** The requests of a case, without the one that follows it. */
export function seenBy(messages: readonly Message[], own: readonly RegExp[]): Forwarded[] {
  const mine = messages.filter(({ line }) => !line.includes(afterPath));
  return mine.map(({ line, headers, body }) => {
    for (const header of own) {
      const found = headers.filter((text) => header.test(text));
      assert.equal(found.length, 1, `${header} in ${headers.join(" | ")}`);
    }
    const hasNoLimit = headers.filter(
      (text) => !own.some((header) => header.test(text)) && text !== "Connection: close",
    );
    return { line, headers: hasNoLimit, body };
  });
}
