// A sentence for a person, with the commands in it set as code.
import { Fragment } from "react";
import { piecesOf } from "./rows.ts";

export function Prose({ text }: { readonly text: string }) {
  return piecesOf(text).map((piece, at) => {
    const key = `${at} ${piece}`;
    return at % 2 === 1 ? <code key={key}>{piece}</code> : <Fragment key={key}>{piece}</Fragment>;
  });
}
