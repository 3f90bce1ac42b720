/** Alerts of a device and what is said of them, as hosts in JavaScript meet them (DM protocol, section 6.7). */
import assert from "node:assert/strict";
import { test } from "node:test";
import { Desk, Device, PACKAGE_1, codes, request } from "./letters.js";
import { message, thrown } from "./omadm.js";

/** @import { ClientAlert } from "../../www/package/types.js" */

/** @type {ClientAlert} */
const ALERT = { code: 1226, alertType: "urn:oma:at:dcmo:1.0:operationcomplete", data: "7" };

test("what a Generic Alert is made of", () => {
  const device = new Device();
  assert.equal(device.session.raise({ ...ALERT, format: "int", mark: "minor", source: "./DevInfo", correlator: "c" }), 0);
  assert.equal(device.session.raise({ ...ALERT, alertType: "Reversed-Domain-Name: org.example.alert" }), 1);
  for (const [name, wrong] of /** @type {[string, Partial<ClientAlert>][]} */ ([
    ["type", { alertType: " " }],
    ["format", { format: "int", data: "seven" }],
    ["null", { format: "null" }],
    ["place", { source: "/A" }],
  ])) {
    assert.equal(thrown(() => device.session.raise({ ...ALERT, ...wrong })).code, "arg", name);
  }
  const alerts = device.say().commands.filter((command) => command.type === "alert" && command.code === 1226);
  assert.equal(alerts.length, 2);
  const [{ cmdId, correlator, items: [item] = [] } = {}] = /** @type {any[]} */ (alerts);
  assert.deepEqual([cmdId, correlator, item.source.uri, item.data], ["3", "c", "./DevInfo", "7"]);
  assert.deepEqual({ ...item.meta }, { format: "int", type: ALERT.alertType, mark: "minor" });
});

test("what a host can say to an alert", () => {
  for (const [code, sayable] of /** @type {[number, number[]][]} */ ([
    [1226, [200, 202, 401, 406, 407, 412, 415, 500]],
    [1224, [200, 202, 401, 404, 406, 407, 412, 415, 500]],
  ])) {
    const alert =
      `<Alert><CmdID>5</CmdID><Data>${code}</Data><Item><Meta><Type xmlns="syncml:metinf">${ALERT.alertType}</Type>` +
      `<Format xmlns="syncml:metinf">int</Format></Meta><Data>7</Data></Item></Alert>`;
    for (const status of [99, 200, 202, 401, 404, 406, 407, 412, 415, 500, 600]) {
      const desk = new Desk({}, { alertTypes: [ALERT.alertType] });
      const event = desk.receive(request(1, "", PACKAGE_1 + alert)).find(({ type }) => type === "alert");
      assert.ok(event?.type === "alert");
      const answer = () => desk.server.answer(event.id, status);
      if (sayable.includes(status)) answer();
      else assert.equal(thrown(answer).code, "arg", `${code} ${status}`);
      const reply = message(desk.server.respond().body).message;
      assert.equal(codes(reply).at(-1), sayable.includes(status) ? status : 200);
      // Who asks for credentials challenges (section 9.1).
      const last = reply.commands.at(-1);
      assert.ok(last?.type === "status");
      assert.equal(last.chal !== undefined, [401, 407].includes(last.code));
    }
  }
});
