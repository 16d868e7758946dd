// What hosts say in words: it is shown to people, on terminals too, and a host may be in the wrong hands.
import { z } from "zod";

/** What steers a terminal, breaks a line or is not seen. */
const unseen = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]+/gu;

/** Whether a text is taken as it is. */
export const isPlainText = (text: string): boolean => text.search(unseen) < 0;

/** A text of at most so many characters, on one line, in which a space stands for what is unseen. */
export const hostText = (longest: number) =>
  z
    .string()
    .max(longest)
    .overwrite((text) => text.replace(unseen, " "));
