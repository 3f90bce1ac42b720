/**
 * A device that holds one session: `node device.js URL FOLDER [SCHEME...]`. Its tree and its nonces are kept in the folder, so the next session goes on from
 * there. It prints what happens, one line of JSON each, and says yes to whatever the user is asked.
 */
import { DmClientSession, DmTree, runSession } from "omadm";
import { Store } from "./store.js";
import { asked } from "./usage.js";

/** @import { Account, AccountState, AuthScheme, ClientEvent, Outcome } from "omadm" */

const [url = "", folder = "", ...named] = asked(
  2,
  `usage: node device.js URL FOLDER [SCHEME...]

Holds one session with the server at URL as the device IMEI:490154203237518, and prints what happens, one line of JSON each. Its tree and its
nonces are in FOLDER. Both sides prove themselves by one of the schemes: basic, md5, hmac, sha256; md5 where none is named.`,
);
const schemes = /** @type {AuthScheme[]} */ (named.length > 0 ? named : ["md5"]);

/** @type {Account} */
const account = {
  deviceId: "IMEI:490154203237518",
  serverId: "mgmt.example",
  client: { user: "device", secret: { password: "device-secret" }, schemes },
  server: { user: "mgmt.example", secret: { password: "server-secret" }, schemes },
};

/** @type {Store<{ tree: Uint8Array, state: AccountState }>} */
const store = new Store(folder);
const kept = store.read("device");
const tree = kept ? DmTree.restore(kept.tree) : factory();
if (kept) account.state = kept.state;

/** The tree as the device leaves the factory: this server may do everything, and the temperature is read when it is asked for. */
function factory() {
  return new DmTree({
    values: {
      ".": { acl: "Add=mgmt.example&Delete=mgmt.example&Exec=mgmt.example&Get=*&Replace=mgmt.example" },
      "./DevInfo/DevId": account.deviceId,
      "./DevInfo/Man": "Meadow Devices",
      "./DevInfo/Mod": "M-7",
      "./DevInfo/DmV": "1.3",
      "./DevInfo/Lang": "en-GB",
      "./Lamp/Level": { data: "40", format: "int" },
      "./Lamp/Temperature": { data: "0", format: "int", host: true },
    },
  });
}

/** @param {ClientEvent} event @returns {Outcome | undefined} */
function handle(event) {
  console.log(JSON.stringify(event));
  if (event.type === "interaction") return { status: 200 };
  if (event.type === "read") return { value: "21", format: "int" };
  return undefined;
}

const session = new DmClientSession({ account, url, version: "1.3", encoding: "wbxml", interactions: ["display", "confirm"] }, { by: "user" });
const events = await runSession(session, tree, (address, init) => fetch(address, init), handle);
store.write("device", { tree: tree.save(), state: session.save().account });
if (!events.some(({ type }) => type === "finished")) process.exitCode = 1;
