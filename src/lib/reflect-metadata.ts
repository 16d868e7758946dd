// The few metadata functions that @peculiar/x509's container asks of Reflect when it is loaded; nothing where they exist.

const metadata = new WeakMap<object, Map<unknown, unknown>>();

if (!("getMetadata" in Reflect)) {
  const get = (key: unknown, target: object) => metadata.get(target)?.get(key);
  Object.assign(Reflect, {
    getMetadata: get,
    getOwnMetadata: get,
    defineMetadata(key: unknown, value: unknown, target: object) {
      const own = metadata.get(target) ?? new Map<unknown, unknown>();
      metadata.set(target, own.set(key, value));
    },
  });
}
