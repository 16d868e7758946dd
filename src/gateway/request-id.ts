// Ids of requests: a random name of the worker and a count. Cheaper than random bytes a request, and as unique.

const ids = { prefix: "", last: 0 };
const mostIds = 2 ** 31 - 1;

/** A new name of 48 random bits: once a worker, and when its count is full. */
export function startRequestIds(): void {
  const [file] = io.open("/dev/urandom", "rb");
  const bytes = file?.read(6) ?? "";
  file?.close();
  let prefix = "";
  for (let i = 0; i < bytes.length; i++) prefix += string.format("%02x", bytes.charCodeAt(i));
  ids.prefix = `${prefix}-`;
  ids.last = 0;
}

export function nextRequestId(): string {
  if (ids.last >= mostIds) startRequestIds();
  ids.last++;
  // `| 0` tells LuaJIT that this is an integer, whose digits cost a sixth of a float's.
  const id = ids.prefix + (ids.last | 0);
  return id;
}
