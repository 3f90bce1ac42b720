/** What a program of the example is started with. */

/**
 * The arguments. With `--help` it says how to use the program, and with too few it says so too, and ends it.
 * @param {number} least
 * @param {string} usage
 */
export function asked(least, usage) {
  const given = process.argv.slice(2);
  const isHelp = given.some((argument) => argument === "--help" || argument === "-h");
  if (!isHelp && given.length >= least) return given;
  (isHelp ? console.log : console.error)(usage);
  process.exit(isHelp ? 0 : 2);
}
