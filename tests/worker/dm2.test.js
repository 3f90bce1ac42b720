/** Whole sessions of DM 2.0 over HTTP. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { DIALECTS, Device2, PUMP, REPOSITORY, documentOf, enrol } from "./dm2.js";
import { Rig } from "./rig.js";

/** @import { NewCommand } from "omadm" */

const MODE = `${PUMP}/north/Mode`;

/** @param {any} outcome */
const codesOf = ({ outcome }) => outcome.flatMap((/** @type {any} */ { type, code }) => (type === "status" ? [code] : []));

for (const dialect of DIALECTS) {
  test(`a session in the ${dialect} dialect: commands, results and created instances, with the object evicted after every package`, async (t) => {
    const rig = await Rig.start(t);
    const id = "urn:device:pump/1";
    const path = encodeURIComponent(id);
    await enrol(rig, id);
    const device = new Device2(rig, id, dialect);
    device.documents.set(`${REPOSITORY}/new`, documentOf(dialect, "east", { Mode: "eco" }));
    /** @type {[NewCommand, number[]][]} */
    const commands = [
      [{ type: "get", uri: [MODE, `${PUMP}/south/Hours`] }, [200, 200]],
      [{ type: "hget", from: `${REPOSITORY}/new` }, [200]],
      [{ type: "hput", from: MODE, to: `${REPOSITORY}/put` }, [200]],
      [{ type: "hpost", from: [MODE, `${PUMP}/south/Mode`], to: `${REPOSITORY}/post` }, dialect === "draft" ? [200, 200] : [200]],
      [{ type: "delete", uri: `${PUMP}/south/Hours` }, [200]],
      [{ type: "exec", uri: `${PUMP}/north/Reset` }, [200]],
      [{ type: "show", url: "https://ui.example/" }, [200]],
      [{ type: "default", url: `${REPOSITORY}/default`, moid: PUMP }, [200]],
      [{ type: "sub", url: `${REPOSITORY}/sub`, uri: MODE }, [200]],
      [{ type: "unsub", uri: MODE }, [200]],
      [{ type: "unsub", uri: MODE }, [404]],
      [{ type: "cont", url: "https://elsewhere.example/dm" }, [403]],
      [{ type: "cont", url: `${rig.url}/dm?here` }, [200]],
      [{ type: "sequence", commands: [{ type: "get", uri: MODE }, { type: "get", uri: `${PUMP}/west/Mode` }] }, [200, 404]],
    ];
    const ids = await rig.queue(id, commands.map(([command]) => command));
    const [replace] = await rig.queue(id, [{ type: "replace", items: [{ uri: "./A", data: "x" }] }]);
    await device.finish(() => rig.fault(id, "evict"));
    assert.ok(device.finished, JSON.stringify(device.events.at(-1)));

    const told = await Promise.all(ids.map((command) => rig.read(`${path}/commands/${command}`)));
    told.forEach((command, at) => {
      assert.deepEqual([command.state, ...codesOf(command)], ["answered", .../** @type {any} */ (commands[at])[1]], command.type);
    });
    const results = told[0].outcome.flatMap((/** @type {any} */ { type, objects }) => (type === "results" ? objects : []));
    assert.deepEqual(results.map((/** @type {any} */ { value }) => value), ["mode-of-north", 12]);
    assert.deepEqual(told[1].outcome[0].created, [`${PUMP}/m1/`]);
    assert.equal(device.tree.get("./Pump/m1/Mode")?.data, "eco");
    assert.deepEqual(device.stored.map(({ method, url }) => `${method} ${url}`), [`PUT ${REPOSITORY}/put`, `POST ${REPOSITORY}/post`]);
    assert.deepEqual(await rig.read(`${path}/commands/${replace}`).then(({ state, outcome }) => [state, outcome]), ["refused", [{ type: "unsupported" }]]);

    assert.deepEqual(device.sent.map(({ url }) => url), [`${rig.url}/dm`, `${rig.url}/dm?here`]);
    assert.deepEqual(device.received.map((request) => Object.keys(request)), dialect === "draft" ? [["SessionInfo", "Cmds"], ["SessionInfo", "Cmds"]] : [["CMD"], ["CMD"]]);

    const { sessions, log, challenged } = await rig.read(path);
    const sessionId = dialect === "draft" ? device.received[0].SessionInfo.SessionID : "";
    assert.deepEqual(sessions, [{ id: sessionId, protocol: 2, authenticated: true, over: true, at: sessions[0].at }]);
    const { event } = log.find((/** @type {any} */ row) => row.event.type === "started");
    assert.deepEqual([event.version, event.dialect, event.initiatedBy], ["2.0", dialect, "server"]);
    assert.equal(challenged.count, 0);
  });
}
