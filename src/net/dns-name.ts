// DNS names, as far as hosts and routes need them: letters, digits and hyphens (RFC 1123 section 2.1).

/** A lower-case label of at most 63 characters. */
export const dnsLabelPattern = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/;
const nameMaxLength = 253;

/** Whether the text is one label: the form of every name in the file. */
export function isDnsLabel(text: string): boolean {
  return dnsLabelPattern.test(text);
}

/** A lower-case name of labels without a trailing dot. The last is not all digits: what looks like an address is none. */
export function isDnsName(text: string): boolean {
  const labels = text.split(".");
  return text.length <= nameMaxLength && labels.every(isDnsLabel) && !/^[0-9]+$/.test(labels.at(-1)!);
}
