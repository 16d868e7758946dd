// A host that a request names and nobody knows, and the one that was probably meant.
import { nearest } from "../spec/did-you-mean.ts";
import { AppError } from "../wire/errors.ts";

/** `names`: what could have been meant; the name itself has been looked for. */
export function unknownHost(
  name: string,
  names: Iterable<string>,
  message = `there is no host ${name}`,
  otherwise = "see `portway hosts list`",
): AppError {
  const meant = nearest(
    name,
    [...names].filter((one) => one !== name),
  );
  return new AppError("notFound", message, { hint: meant === undefined ? otherwise : `did you mean ${meant}?` });
}
