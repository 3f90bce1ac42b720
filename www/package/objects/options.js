/** The options of objects come from people, in a file: what is wrong with them is said in words. */

/**
 * @param {string} name of the object
 * @param {unknown} given
 * @param {Record<string, (value: unknown) => string | undefined>} known what is wrong with a value, for each member
 */
export function checkOptions(name, given, known) {
  if (given === undefined) return;
  if (typeof given !== "object" || given === null || Array.isArray(given)) throw new TypeError(`${name}: the options must be an object`);
  for (const [member, value] of Object.entries(given)) {
    const check = Object.hasOwn(known, member) ? known[member] : undefined;
    if (check === undefined) throw new TypeError(`${name}: there is no ${JSON.stringify(member)}; there is ${Object.keys(known).join(", ")}`);
    const wrong = value === undefined ? undefined : check(value);
    if (wrong !== undefined) throw new TypeError(`${name}.${member} must be ${wrong}`);
  }
}

/** @param {unknown} value */
export const isUri = (value) => (typeof value === "string" && /^\.(\/[^/]+)+$/.test(value) ? undefined : "a URI such as ./FwUpdate/Firmware");

/** @param {unknown} value */
export const isText = (value) => (typeof value === "string" ? undefined : "a text");

/** @param {unknown} value */
export const isFlag = (value) => (typeof value === "boolean" ? undefined : "true or false");

/** @param {number} most */
export const isCount = (most) => (/** @type {unknown} */ value) =>
  Number.isInteger(value) && Number(value) >= 0 && Number(value) <= most ? undefined : `a whole number from 0 to ${most}`;

/**
 * @param {string[]} operations
 * @param {number} least
 * @param {number} most
 */
export const isResults = (operations, least, most) => (/** @type {unknown} */ value) => {
  const expected = `an object with result codes from ${least} to ${most} for ${operations.join(", ")}`;
  if (typeof value !== "object" || value === null || Array.isArray(value)) return expected;
  const fits = Object.entries(value).every(([name, code]) => operations.includes(name) && Number.isInteger(code) && code >= least && code <= most);
  return fits ? undefined : expected;
};
