export { decode, decodePush, encode, encodeNotification, encodePush, inspect, peek, verifyNotification } from "./codec.js";
export { DmClientSession } from "./client.js";
export { DmError } from "./error.js";
export { initSync } from "./instance.js";
export { runSession } from "./run.js";
export { DmServerSession } from "./server.js";
export { DmTree } from "./tree.js";
