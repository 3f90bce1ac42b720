/**
 * omadm/codec: the codec alone, with a smaller module of its own. What it exports is what `omadm` exports by the same names; errors of
 * both are of one class.
 */
export { DmError, decode, decodePush, encode, encodePush, init, initSync, inspect, peek } from "../types.js";
export type * from "../types.js";
