const { apply, getOwnPropertyDescriptor, getPrototypeOf } = Reflect;
const { hasOwn, keys } = Object;
const { isArray } = Array;
const { isView } = ArrayBuffer;
const { isInteger, isSafeInteger } = Number;

/** @param {object} object @param {PropertyKey} name @returns {() => any} */
export function getter(object, name) {
  return /** @type {() => any} */ (getOwnPropertyDescriptor(object, name)?.get);
}

/** A list that inherits nothing, so that no setter is in the way of its elements. @returns {any[]} */
export const list = () => Object.setPrototypeOf([], null);

// They look into an array, past whatever its owner has defined on it.
const shared = /** @type {object} */ (getPrototypeOf(Uint8Array.prototype));
const lengthOf = getter(shared, "length");
const nameOf = getter(shared, Symbol.toStringTag);
export const copy = Uint8Array.prototype.set;

export const encoder = new TextEncoder();

/** What stands for a value. `src/js/read.rs` has the same list. */
const UNDEFINED = 0;
const NULL = 1;
const FALSE = 2;
const TRUE = 3;
const NUMBER = 4;
const NUMBER_AND_TEXT = 5;
const TEXT = 6;
const BROKEN_TEXT = 7;
const ARRAY = 8;
const OBJECT = 9;
const OCTETS = 10;
const BIGINT = 11;
const OTHER = 12;
const HOLE = 13;
const ENDLESS = 14;
const DEEP = 15;
const NO_PAIRS = 16;
const HELD_TEXT = 17;
const NEAR_OCTETS = 18;

/** What a value is read as. */
const ANY = 0;
const MESSAGE = 1;
const OUTCOME = 2;
const SAVED = 3;
const HEADERS = 4;

/** Of a message, and of what was saved, only so much is read: they may be objects of the host's with much else around them. */
const OF_MESSAGE = ["body", "contentType", "headers", "url", "status", "peer"];
const OF_SAVED = ["parts", "state", "account"];

/** @param {number} kind */
function namesOf(kind) {
  if (kind === MESSAGE) return OF_MESSAGE;
  return kind === SAVED ? OF_SAVED : undefined;
}

/** @param {number} kind @param {string} name */
function kindOf(kind, name) {
  if (kind === MESSAGE && name === "headers") return HEADERS;
  return kind === OUTCOME && name === "response" ? MESSAGE : ANY;
}

/** Headers that count. */
const COUNTING = ["content-type", "x-syncml-hmac", "accept", "omadm-devid", "omadm-accept"];
/** Of one call of `forEach`, at the most. */
const MAX_FOUND = 16;

/** Elements of one array, at the most: far more than any message holds. */
const MAX_ELEMENTS = 1_000_000;
/** Deeper than whatever is read: a message, commands in each other in it, and elements in each other in those. */
const MAX_DEPTH = 1_100;
/** Values and octets of one argument: an array that holds itself has no end. */
const MAX_VALUES = 8_000_000;
const MAX_OCTETS = 1 << 28;
/** A buffer of more octets is not kept. A text of more stays where it is until it is asked for, like octets. */
const SPARE = 1 << 16;
/** Octets that go in with the values around them, of all arrays of one argument: more stay where they are until they are asked for. */
const MOST_NEAR = 1 << 12;
/** As much as a lone surrogate says of a length. */
const BROKEN_NAME = 0xffff_ffff;

const TOO_MUCH = {};

/** How many octets of UTF-8 a text takes; -1 where it has a lone surrogate. @param {string} text */
function octetsOf(text) {
  let octets = text.length;
  for (let index = 0; index < text.length; index += 1) {
    const code = text.charCodeAt(index);
    if (code < 0x80) continue;
    octets += code < 0x800 ? 1 : 2;
    if ((code & 0xf800) !== 0xd800) continue;
    // Of a pair: four octets for two.
    index += 1;
    if (code > 0xdbff || (text.charCodeAt(index) & 0xfc00) !== 0xdc00) return -1;
  }
  return octets;
}

/** Writes values of the caller's as octets. */
export class Packer {
  #buffer = new Uint8Array(1 << 12);
  #view = new DataView(this.#buffer.buffer);
  #at = 0;
  /** As far as something may stand in the buffer. */
  #high = 0;
  #depth = 0;
  #left = 0;
  #count = 0;
  /** What is not written here: octets, and large texts. @type {(Uint8Array | string)[] | undefined} */
  #held;
  /** Where their lengths stand. @type {number[]} */
  #lengths = list();
  /** Octets of the texts among them. */
  #ofTexts = 0;

  /**
   * The number of octets that the value takes, -1 where they are too many. The last says whether anything of it is held.
   * @param {unknown} value
   * @param {number} kind
   */
  pack(value, kind) {
    this.#at = this.#depth = this.#count = this.#ofTexts = 0;
    this.#left = MAX_VALUES;
    this.#held = undefined;
    try {
      this.#value(value, kind);
      const isHeld = this.#measure();
      if (!isHeld) this.#held = undefined;
      this.#tag(isHeld ? 1 : 0);
    } catch (thrown) {
      this.forget();
      if (thrown === TOO_MUCH) return -1;
      throw thrown;
    }
    return this.#at;
  }

  /** Only when all is read: a getter may change an array that came ahead of it. Tells whether anything is held. */
  #measure() {
    let left = MOST_NEAR;
    let isHeld = false;
    for (let index = 0; index < this.#count; index += 1) {
      const held = this.#held?.[index];
      if (typeof held === "string") {
        isHeld = true;
        continue;
      }
      const at = /** @type {number} */ (this.#lengths[index]);
      const length = apply(lengthOf, held, []);
      this.#view.setFloat64(at, length, true);
      if (length > left) {
        isHeld = true;
        continue;
      }
      left -= length;
      this.#need(length);
      this.#buffer[at - 5] = NEAR_OCTETS;
      this.#view.setUint32(at - 4, this.#at, true);
      apply(copy, this.#buffer, [held, this.#at]);
      this.#at += length;
    }
    return isHeld;
  }

  /** Gives away what was packed, of which nothing stays here. @param {Uint8Array} room */
  write(room) {
    room.set(this.#buffer.subarray(0, this.#at));
    this.#wipe();
  }

  /** What was packed so far may hold a password; nobody will ask for it. */
  forget() {
    this.#wipe();
    this.#held = undefined;
    this.#count = 0;
  }

  #wipe() {
    this.#buffer.fill(0, 0, this.#high);
    if (this.#buffer.length > SPARE) this.#renew(1 << 12);
    this.#at = this.#high = 0;
  }

  held() {
    const held = this.#held;
    this.#held = undefined;
    return held;
  }

  /** @param {number} size */
  #renew(size) {
    this.#buffer = new Uint8Array(size);
    this.#view = new DataView(this.#buffer.buffer);
  }

  /** Makes room. @param {number} count */
  #need(count) {
    const size = this.#at + count;
    if (size > this.#high) this.#high = size;
    if (size <= this.#buffer.length) return;
    if (size > MAX_OCTETS) throw TOO_MUCH;
    const before = this.#buffer;
    this.#renew(Math.max(size, before.length * 2));
    this.#buffer.set(before);
    before.fill(0);
  }

  /** @param {number} tag */
  #tag(tag) {
    this.#need(1);
    this.#buffer[this.#at++] = tag;
  }

  /** @param {number} number */
  #word(number) {
    this.#view.setUint32(this.#at, number, true);
    this.#at += 4;
  }

  /** @param {unknown} value @param {number} kind */
  #value(value, kind) {
    if ((this.#left -= 1) < 0) throw TOO_MUCH;
    switch (typeof value) {
      case "string":
        this.#text(value);
        break;
      case "number":
        this.#number(value);
        break;
      case "boolean":
        this.#tag(value ? TRUE : FALSE);
        break;
      case "undefined":
        this.#tag(UNDEFINED);
        break;
      case "bigint":
        this.#tag(BIGINT);
        this.#letters(String(value));
        break;
      case "object":
        if (value === null) this.#tag(NULL);
        else this.#inside(value, kind);
        break;
      default:
        this.#tag(OTHER);
    }
  }

  /** @param {number} number */
  #number(number) {
    this.#need(9);
    const isPlain = isSafeInteger(number);
    this.#buffer[this.#at] = isPlain ? NUMBER : NUMBER_AND_TEXT;
    this.#view.setFloat64(this.#at + 1, number, true);
    this.#at += 9;
    if (!isPlain) this.#letters(String(number));
  }

  /** @param {string} text */
  #text(text) {
    if (text.length > SPARE) {
      this.#large(text);
      return;
    }
    const start = this.#at;
    this.#tag(TEXT);
    if (!this.#letters(text)) {
      this.#at = start;
      this.#tag(BROKEN_TEXT);
    }
  }

  /** @param {string} text */
  #large(text) {
    if (this.#ofTexts + 3 * text.length > MAX_OCTETS) throw TOO_MUCH;
    const length = octetsOf(text);
    if (length < 0) {
      this.#tag(BROKEN_TEXT);
      return;
    }
    this.#ofTexts += length;
    this.#hold(HELD_TEXT, text);
    this.#view.setFloat64(this.#at - 8, length, true);
  }

  /** Its length and its octets, where it has no lone surrogate. @param {string} text */
  #letters(text) {
    const length = text.length;
    // Where they are more, the encoder costs less than a loop.
    if (length > 64) return this.#encoded(text);
    this.#need(4 + length);
    const buffer = this.#buffer;
    const start = this.#at + 4;
    for (let index = 0; index < length; index += 1) {
      const code = text.charCodeAt(index);
      if (code > 0x7f) return this.#encoded(text);
      buffer[start + index] = code;
    }
    this.#word(length);
    this.#at = start + length;
    return true;
  }

  /** @param {string} text */
  #encoded(text) {
    this.#need(4 + 3 * text.length);
    const { written } = encoder.encodeInto(text, this.#buffer.subarray(this.#at + 4));
    // Of ASCII alone there is no need to ask.
    if (written !== text.length && /\p{Surrogate}/u.test(text)) return false;
    this.#word(written);
    this.#at += written;
    return true;
  }

  /** @param {object} value @param {number} kind */
  #inside(value, kind) {
    if (isView(value) && apply(nameOf, value, []) === "Uint8Array") {
      this.#hold(OCTETS, /** @type {Uint8Array} */ (value));
      return;
    }
    if (this.#depth >= MAX_DEPTH) {
      this.#tag(DEEP);
      return;
    }
    this.#depth += 1;
    if (kind === HEADERS) this.#headers(/** @type {any} */ (value));
    else if (isArray(value)) this.#array(value);
    else this.#object(/** @type {Record<string, unknown>} */ (value), kind);
    this.#depth -= 1;
  }

  /** Writes only which one it is, with a place for its length. @param {number} tag @param {Uint8Array | string} value */
  #hold(tag, value) {
    this.#need(13);
    this.#buffer[this.#at++] = tag;
    this.#word(this.#count);
    this.#lengths[this.#count] = this.#at;
    this.#at += 8;
    // Most values have one at the most.
    if (this.#held === undefined) {
      this.#held = [value];
    } else {
      if (this.#count === 1) Object.setPrototypeOf(this.#held, null);
      this.#held[this.#count] = value;
    }
    this.#count += 1;
  }

  /** What stands ahead of several values: how much they take, and how many they are. @param {number} tag */
  #open(tag) {
    this.#need(9);
    this.#buffer[this.#at] = tag;
    this.#at += 9;
    return this.#at;
  }

  /** @param {number} start @param {number} count */
  #close(start, count) {
    this.#view.setUint32(start - 8, this.#at - start, true);
    this.#view.setUint32(start - 4, count, true);
  }

  /** @param {unknown[]} array */
  #array(array) {
    const { length } = array;
    // A Proxy says what it likes.
    if (!(isInteger(length) && length >= 0 && length <= MAX_ELEMENTS)) {
      this.#tag(ENDLESS);
      return;
    }
    const start = this.#open(ARRAY);
    let index = 0;
    for (; index < length; index += 1) {
      if (!hasOwn(array, index)) {
        this.#tag(HOLE);
        index += 1;
        break;
      }
      this.#value(array[index], ANY);
    }
    this.#close(start, index);
  }

  /** @param {Record<string, unknown>} object @param {number} kind */
  #object(object, kind) {
    const names = namesOf(kind);
    const start = this.#open(OBJECT);
    let count = 0;
    for (const name of names ?? keys(object)) {
      if (names !== undefined && !hasOwn(object, name)) continue;
      this.#member(name, object[name], kindOf(kind, name));
      count += 1;
    }
    this.#close(start, count);
  }

  /** @param {string} name @param {unknown} value @param {number} kind */
  #member(name, value, kind) {
    if (!this.#letters(name)) {
      this.#need(4);
      this.#word(BROKEN_NAME);
    }
    this.#value(value, kind);
  }

  /** Those that count, by their names, of a Headers object; a Map, or pairs; else whatever has `forEach`; else a record. @param {any} headers */
  #headers(headers) {
    const before = this.#at;
    const held = this.#count;
    const start = this.#open(OBJECT);
    let count = 0;
    let isNoting = false;
    const note = (/** @type {string} */ name, /** @type {unknown} */ value) => {
      // What is noted may run code that notes more: that would stand in the midst of it.
      if (isNoting) return;
      isNoting = true;
      this.#member(name, value, ANY);
      isNoting = false;
      count += 1;
    };
    if (eachHeader(headers, note)) {
      this.#close(start, count);
    } else {
      this.#at = before;
      this.#count = held;
      if (held === 0) this.#held = undefined;
      else if (this.#held !== undefined) this.#held.length = held;
      this.#tag(NO_PAIRS);
    }
  }
}

/** @param {string} name */
const counts = (name) => COUNTING.includes(name.toLowerCase());

/** @param {unknown} value @returns {value is object} */
const isObject = (value) => typeof value === "object" && value !== null;

/**
 * Whether they are what they should be.
 * @param {any} headers
 * @param {(name: string, value: unknown) => void} note
 */
function eachHeader(headers, note) {
  const { Headers } = globalThis;
  if (typeof Headers === "function" && headers instanceof Headers) {
    // The platform's own, whatever the object or an heir of it says of itself.
    const { get } = Headers.prototype;
    for (const name of COUNTING) {
      const value = apply(get, headers, [name]);
      if (value !== null) note(name, value);
    }
    return true;
  }
  const iterate = headers[Symbol.iterator];
  if (typeof iterate === "function") return eachPair(apply(iterate, headers, []), note);
  const { forEach } = headers;
  if (typeof forEach === "function") {
    let left = MAX_FOUND;
    const visit = (/** @type {unknown} */ value, /** @type {unknown} */ name) => {
      if (left > 0 && typeof name === "string" && counts(name)) {
        left -= 1;
        note(name, value);
      }
    };
    try {
      apply(forEach, headers, [visit]);
    } finally {
      // Who keeps it may call it whenever they like.
      left = 0;
    }
    return true;
  }
  for (const name of keys(headers)) if (counts(name)) note(name, headers[name]);
  return true;
}

/** @param {any} iterator @param {(name: string, value: unknown) => void} note */
function eachPair(iterator, note) {
  if (!isObject(iterator)) return false;
  const { next } = /** @type {Iterator<unknown>} */ (iterator);
  if (typeof next !== "function") return false;
  for (let left = MAX_ELEMENTS; left > 0; left -= 1) {
    const step = /** @type {IteratorResult<unknown>} */ (apply(next, iterator, []));
    if (!isObject(step)) return false;
    if (step.done) return true;
    const pair = step.value;
    if (!isArray(pair) || !(pair.length >= 2) || !hasOwn(pair, 0)) return false;
    const name = pair[0];
    if (typeof name !== "string") return false;
    if (!counts(name)) continue;
    if (!hasOwn(pair, 1)) return false;
    note(name, pair[1]);
  }
  return false;
}
