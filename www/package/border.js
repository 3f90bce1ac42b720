/**
 * How values cross between JavaScript and the module: each in one go. Out of the module comes a compact form beside one text, of which
 * `build` makes plain data. What the caller gives is read by `pack`, each property once, and goes in as octets.
 *
 * Nothing here runs a setter that someone has put on Object.prototype. What it takes from the platform it takes ahead of all calls, so that
 * it matters little who replaces it later.
 */
import { Packer, copy, encoder, getter, list } from "./pack.js";

const { defineProperty, getPrototypeOf } = Reflect;
const ARRAY = Array.prototype;
const OBJECT = Object.prototype;
const shared = /** @type {object} */ (getPrototypeOf(Uint8Array.prototype));
const lengthOf = getter(shared, "length");

/** The doubles that whole numbers of JSON are told apart by. */
const SAFE = BigInt(Number.MAX_SAFE_INTEGER);

/** @param {object} object @param {string | number} key @param {unknown} value */
function define(object, key, value) {
  defineProperty(object, key, /** @type {PropertyDescriptor} */ ({ __proto__: null, value, writable: true, enumerable: true, configurable: true }));
}

/** Builds what the module writes. `src/js/plain.rs` has the same list of tags. */
class Builder {
  /** @type {string[]} */
  #names = list();
  /** The build in which a name was last looked for in Object.prototype and not found. */
  /** @type {number[]} */
  #plainIn = list();
  #builds = 0;
  /** @type {unknown[]} */
  #kept = list();
  #next = 0;
  /** @type {Uint8Array} */
  #form = new Uint8Array(0);
  #at = 0;
  #text = "";
  #from = 0;
  /** So many elements an array takes in this build, as far as was looked, without asking what it inherits. */
  #plainElements = 0;

  /** @param {number} number @param {string} name */
  learn(number, name) {
    this.#names[number] = name;
    this.#plainIn[number] = 0;
  }

  /** @param {unknown} value */
  keep(value) {
    this.#kept[this.#kept.length] = value;
  }

  abandon() {
    this.#kept = list();
  }

  /** @param {Uint8Array} form @param {string} text */
  build(form, text) {
    this.#form = form;
    this.#text = text;
    this.#at = this.#from = this.#next = 0;
    this.#plainElements = 0;
    this.#builds += 1;
    try {
      return this.#value();
    } finally {
      this.#text = "";
      if (this.#kept.length > 0) this.#kept = list();
    }
  }

  #count() {
    const form = this.#form;
    let octet = /** @type {number} */ (form[this.#at++]);
    if (octet < 0x80) return octet;
    let count = octet & 0x7f;
    for (let shift = 7; ; shift += 7) {
      octet = /** @type {number} */ (form[this.#at++]);
      count |= (octet & 0x7f) << shift;
      if (octet < 0x80) return count;
    }
  }

  #letters() {
    const from = this.#from;
    this.#from = from + this.#count();
    return this.#text.substring(from, this.#from);
  }

  /** @returns {unknown} */
  #value() {
    switch (this.#form[this.#at++]) {
      case 2:
        return null;
      case 3:
        return false;
      case 4:
        return true;
      case 5:
        return this.#count();
      case 6:
        this.#at += 8;
        return new DataView(this.#form.buffer, this.#form.byteOffset + this.#at - 8).getFloat64(0, true);
      case 7:
        return this.#letters();
      case 8:
        return this.#names[this.#count()];
      case 9:
        return this.#array(this.#count());
      case 10:
        return this.#object();
      case 11:
        return this.#record();
      case 12:
        return this.#kept[this.#next++];
      case 13:
        return number(this.#letters());
      case 14:
        return this.#list();
      default:
        return undefined;
    }
  }

  /** @param {number} count */
  #array(count) {
    if (count === 0) return [];
    if (count === 1) return [this.#value()];
    if (count === 2) return [this.#value(), this.#value()];
    /** @type {unknown[]} */
    const array = [];
    if (this.#areElementsPlain(count)) {
      for (let index = 0; index < count; index += 1) array[index] = this.#value();
    } else {
      for (let index = 0; index < count; index += 1) define(array, index, this.#value());
    }
    return array;
  }

  /** @param {number} count */
  #areElementsPlain(count) {
    if (getPrototypeOf(ARRAY) !== OBJECT) return false;
    while (this.#plainElements < count && !(this.#plainElements in ARRAY)) this.#plainElements += 1;
    return this.#plainElements >= count;
  }

  #list() {
    /** @type {unknown[]} */
    const array = [];
    while (this.#form[this.#at] !== 0) define(array, array.length, this.#value());
    this.#at += 1;
    return array;
  }

  #object() {
    /** @type {Record<string, unknown>} */
    const object = {};
    for (let number = this.#count(); number !== 0; number = this.#count()) {
      const name = /** @type {string} */ (this.#names[number]);
      const value = this.#value();
      if (this.#plainIn[number] === this.#builds || !(name in OBJECT)) {
        this.#plainIn[number] = this.#builds;
        object[name] = value;
      } else {
        define(object, name, value);
      }
    }
    return object;
  }

  /** It has no prototype, so that a name such as `__proto__` that a peer chose is a name like any other. */
  #record() {
    const record = Object.create(null);
    while (this.#form[this.#at] !== 0) {
      const name = this.#value();
      record[/** @type {string} */ (name)] = this.#value();
    }
    this.#at += 1;
    return record;
  }
}

/** @param {string} text */
function number(text) {
  if (!/^-?\d+$/.test(text)) return Number(text);
  const whole = BigInt(text);
  return whole > SAFE || whole < -SAFE ? whole : Number(text);
}

/** What the module imports: one for each instance. */
export function border() {
  const builder = new Builder();
  /** @type {Packer[]} one for each call that is going on: reading an argument may run code that makes another call */
  const packers = list();
  let depth = 0;
  let last = new Packer();
  return {
    learn: (/** @type {number} */ number, /** @type {string} */ name) => builder.learn(number, name),
    keep: (/** @type {unknown} */ value) => builder.keep(value),
    keepOctets: (/** @type {Uint8Array} */ octets) => builder.keep(new Uint8Array(octets)),
    abandon: () => builder.abandon(),
    build: (/** @type {Uint8Array} */ form, /** @type {string} */ text) => builder.build(form, text),
    /** @param {unknown} value @param {number} kind @param {Uint8Array} room */
    pack(value, kind, room) {
      const packer = (packers[depth] ??= new Packer());
      depth += 1;
      try {
        const size = packer.pack(value, kind);
        last = packer;
        if (size < 0) return -1;
        // What ran meanwhile may have made the memory grow: then there is no room any more.
        if (size > room.length) return -1 - size;
        packer.write(room);
        return size;
      } finally {
        depth -= 1;
      }
    },
    unpack: (/** @type {Uint8Array} */ room) => last.write(room),
    forget: () => last.forget(),
    held: () => last.held(),
    /** @param {(Uint8Array | string)[]} held @param {number} number @param {Uint8Array} to */
    copyHeld(held, number, to) {
      const from = held[number];
      if (typeof from === "string") {
        const { written } = encoder.encodeInto(from, to);
        if (written !== Reflect.apply(lengthOf, to, [])) throw new TypeError("the text has another length by now");
        return;
      }
      if (Reflect.apply(lengthOf, from, []) !== Reflect.apply(lengthOf, to, [])) throw new TypeError("the array has another length by now");
      Reflect.apply(copy, to, [from]);
    },
  };
}
