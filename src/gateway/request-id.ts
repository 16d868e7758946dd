// Ids of requests: a random name of the worker and a count. Cheaper than random bytes a request, and as unique.

const ids = { prefix: "", last: 0 };

/** 48 random bits, once a worker. */
export function startRequestIds(): void {
  const [file] = io.open("/dev/urandom", "rb");
  const bytes = file?.read(6) ?? "";
  file?.close();
  let prefix = "";
  for (let i = 0; i < bytes.length; i++) prefix += string.format("%02x", bytes.charCodeAt(i));
  ids.prefix = `${prefix}-`;
}

export function nextRequestId(): string {
  ids.last++;
  const id = ids.prefix + ids.last;
  return id;
}
