/** @import { ClientAlert, ClientEvent, DmTree, Outcome, TreeSource } from "../types.js" */
/** @import { DeviceObject, ObjectOptions } from "./objects.js" */
import { Fumo } from "./fumo.js";
import { Scomo } from "./scomo.js";
import { Windows } from "./windows.js";

export { Fumo, Scomo, Windows };

/** The objects that come with the package, by their names. */
export const OBJECTS = /** @type {const} */ (["fumo", "scomo", "windows"]);

/**
 * Objects by their names, each with its options.
 * @param {readonly string[]} names
 * @param {ObjectOptions} [options]
 * @returns {DeviceObject[]}
 */
export function objectsNamed(names, options = {}) {
  return names.map((name) => {
    if (name === "fumo") return new Fumo(options.fumo);
    if (name === "scomo") return new Scomo(options.scomo);
    if (name === "windows") return new Windows(options.windows);
    throw new TypeError(`there is no object ${JSON.stringify(name)}; there is ${OBJECTS.join(", ")}`);
  });
}

/**
 * What a tree with these objects is made of: what they bring, under what the maker gives. Descriptions of the maker's stand for those that objects
 * bring, and for the values in these; what an object says of the root holds.
 * @param {readonly DeviceObject[]} objects
 * @param {TreeSource} [own]
 * @returns {TreeSource}
 */
export function sourceWith(objects, own = {}) {
  const sources = objects.map(({ source }) => source);
  const ddf = own.ddf ?? sources.flatMap((source) => source.ddf ?? []);
  return {
    ...own,
    ...(ddf.length > 0 && { ddf }),
    values: Object.assign({}, ...sources.map((source) => (own.ddf !== undefined && source.ddf !== undefined ? rootOf(source) : source.values)), own.values),
  };
}

/** @param {DeviceObject["source"]} source */
const rootOf = ({ values = {} }) => (values["."] === undefined ? {} : { ".": values["."] });

/**
 * What the first object that knows the node answers. Every event goes to every object.
 * @param {readonly DeviceObject[]} objects
 * @param {ClientEvent} event
 * @param {DmTree} tree
 * @returns {Outcome | undefined}
 */
export function answerOf(objects, event, tree) {
  /** @type {Outcome | undefined} */
  let found;
  for (const object of objects) {
    const outcome = object.answer(event, tree);
    found ??= outcome;
  }
  return found;
}

/**
 * Time passes: all that goes on goes a step on. What has come to its end is told by alerts.
 * @param {readonly DeviceObject[]} objects
 * @param {DmTree} tree
 * @returns {ClientAlert[]}
 */
export const workOf = (objects, tree) => objects.flatMap((object) => object.work(tree));
