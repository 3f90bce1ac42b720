export { decode, decodePush, encode, encodePush, inspect, peek } from "./codec.js";
export { DmError } from "./error.js";
export { initSync } from "./instance.js";
