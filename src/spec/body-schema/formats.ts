// Formats as patterns: what cannot be told by one (that a name is registered, say) is no part of them.

const byte = "(?:25[0-5]|2[0-4]\\d|1\\d\\d|[1-9]?\\d)";
const ipv4 = `${byte}(?:\\.${byte}){3}`;
const group = "[0-9A-Fa-f]{1,4}";
/** RFC 4291 section 2.2: eight groups, `::` for one run of zeros, the last two as an IPv4 address. */
const ipv6 = [
  `(?:${group}:){6}(?:${group}:${group}|${ipv4})`,
  `::(?:${group}:){5}(?:${group}:${group}|${ipv4})`,
  ...[0, 1, 2, 3].map(
    (left) => `(?:(?:${group}:){0,${left}}${group})?::(?:${group}:){${4 - left}}(?:${group}:${group}|${ipv4})`,
  ),
  `(?:(?:${group}:){0,4}${group})?::(?:${group}:${group}|${ipv4})`,
  `(?:(?:${group}:){0,5}${group})?::${group}`,
  `(?:(?:${group}:){0,6}${group})?::`,
].join("|");

const leapYear = "(?:\\d\\d(?:0[48]|[2468][048]|[13579][26])|(?:[02468][048]|[13579][26])00)";
const day = "(?:0[1-9]|[12]\\d|3[01])";
const monthAndDay = `(?:(?:0[13578]|1[02])-${day}|(?:0[469]|11)-(?:0[1-9]|[12]\\d|30)|02-(?:0[1-9]|1\\d|2[0-8]))`;
/** RFC 3339, with days that are on the calendar. */
const date = `(?:\\d{4}-${monthAndDay}|${leapYear}-02-29)`;
const time = "(?:[01]\\d|2[0-3]):[0-5]\\d:(?:[0-5]\\d|60)(?:\\.\\d+)?(?:[Zz]|[+-](?:[01]\\d|2[0-3]):[0-5]\\d)";

const hex = (count: number) => `[0-9A-Fa-f]{${count}}`;
const label = "[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?";
const hostname = `${label}(?:\\.${label})*`;

/** Patterns by the format's name. `email` is what browsers take for one (HTML's). */
export const formats: Readonly<Record<string, string>> = {
  date: `^${date}$`,
  time: `^${time}$`,
  "date-time": `^${date}[Tt]${time}$`,
  uuid: `^${hex(8)}-${hex(4)}-${hex(4)}-${hex(4)}-${hex(12)}$`,
  ipv4: `^${ipv4}$`,
  ipv6: `^(?:${ipv6})$`,
  hostname: `^${hostname}$`,
  email: `^[A-Za-z0-9.!#$%&'*+/=?^_\`{|}~-]+@${hostname}$`,
};
