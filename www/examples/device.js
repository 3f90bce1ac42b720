/**
 * A device that holds one session: `node device.js URL FOLDER`. Its tree and its nonces are kept in the folder, so the next session goes on from
 * there. It prints what happens, one line of JSON each, and says yes to whatever the user is asked.
 */
import { DmClientSession, DmTree, runSession } from "omadm";
import { Store } from "./store.js";

/** @import { Account, AccountState, ClientEvent, Outcome } from "omadm" */

const [url, folder] = process.argv.slice(2);
if (url === undefined || folder === undefined) throw new Error("usage: node device.js URL FOLDER");

/** @type {Account} */
const account = {
  deviceId: "IMEI:490154203237518",
  serverId: "mgmt.example",
  client: { user: "device", secret: { password: "device-secret" }, schemes: ["md5"] },
  server: { user: "mgmt.example", secret: { password: "server-secret" }, schemes: ["md5"] },
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
await runSession(session, tree, (address, init) => fetch(address, init), handle);
store.write("device", { tree: tree.save(), state: session.save().account });
