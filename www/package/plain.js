/** @typedef {Record<string | number, unknown>} Holder */

/**
 * Replaces every `Map` in what the module made by an object without a prototype, so that a name such as `__proto__` that a peer chose is
 * a name like any other. In place, and without recursion.
 * @template T
 * @param {T} value
 * @returns {T}
 */
export function withoutMaps(value) {
  /** @type {Holder} */
  const root = { value };
  const open = [root];
  for (let holder = open.pop(); holder !== undefined; holder = open.pop()) {
    if (Array.isArray(holder)) {
      for (let index = 0; index < holder.length; index += 1) visit(holder, index, open);
    } else {
      for (const key of Object.keys(holder)) visit(holder, key, open);
    }
  }
  return /** @type {T} */ (root.value);
}

/**
 * @param {Holder} holder
 * @param {string | number} key
 * @param {Holder[]} open
 */
function visit(holder, key, open) {
  const inner = holder[key];
  if (typeof inner !== "object" || inner === null || ArrayBuffer.isView(inner)) return;
  if (inner instanceof Map) {
    const record = Object.create(null);
    for (const [name, entry] of inner) record[name] = entry;
    holder[key] = record;
    open.push(record);
  } else {
    open.push(/** @type {Holder} */ (inner));
  }
}
