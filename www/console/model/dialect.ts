/** A package or data of DM 2.0 in one of its dialects, with all that had to be changed for it. */
import { encode } from "omadm";
import type { Dialect, Dm2Document, Dm2Initiation, Dm2Package, MoDocument, SupportedMo } from "omadm";
import { counted } from "./package.js";
import { problemOf } from "./problem.js";
import type { Problem } from "./problem.js";

/** The text and the headers that belong to it, and what it says otherwise or no more; or what there is no place for, and where. */
export type Spelt = { text: string; headers: [string, string][]; told: string[]; problem?: undefined } | { problem: Problem };

export function speltIn(document: Dm2Document | MoDocument, dialect: Dialect): Spelt {
  try {
    const { document: meant, told } = document.dialect === dialect ? { document, told: [] } : convert(document, dialect);
    const { body, headers } = encode(meant, { indent: true });
    return { text: new TextDecoder().decode(body), headers: Object.entries(headers), told };
  } catch (error) {
    return { problem: problemOf(error) };
  }
}

interface Converted {
  document: Dm2Document | MoDocument;
  told: string[];
}

function convert(document: Dm2Document | MoDocument, dialect: Dialect): Converted {
  if (document.type === "mo") return { document: { ...document, dialect }, told: [] };
  const told: string[] = [];
  const known = dialect === "approved" ? towardsApproved(document.package, told) : towardsDraft(document.package, told);
  return { document: { ...document, dialect, package: known }, told };
}

function towardsApproved(draft: Dm2Package, told: string[]): Dm2Package {
  const { sessionId, seq, ...rest } = draft;
  if (sessionId !== undefined || seq !== undefined) told.push(`SessionID ${sessionId ?? ""} and PkgSeq ${seq ?? ""} are left out: the approved dialect names no session.`);
  if (rest.kind === "request") {
    const { results = [], ...request } = rest;
    const [verdicts] = counted(results, "verdict");
    if (verdicts !== undefined) told.push(`${verdicts} on alerts left out: the approved dialect has none.`);
    return request;
  }
  const alerts = rest.alerts?.map(({ correlator, ...alert }, at) => {
    if (correlator !== undefined) told.push(`Correlator “${correlator}” of alert ${at + 1} is left out: the approved dialect has none.`);
    return alert;
  });
  if (rest.kind === "response") {
    if ((rest.results ?? []).length > 0) told.push("Results count for places that commands name, in the approved dialect for commands: they stand as they are.");
    return { ...rest, ...(alerts && { alerts }) };
  }
  const { data = [], supported, ...initiation } = rest;
  const [items] = counted(data, "item of data", "items of data");
  if (items !== undefined) told.push(`${items} left out: the approved dialect has none in package 1.`);
  return { ...initiation, ...(alerts && { alerts }), ...(supported && { supported: supported.map(byIdentifier) }) };
}

function towardsDraft(approved: Dm2Package, told: string[]): Dm2Package {
  const { sessionId = MADE_UP, seq = 1 } = approved;
  if (approved.sessionId === undefined) told.push(`SessionID ${sessionId} and PkgSeq ${seq} are made up: the draft dialect names every session.`);
  const session = { sessionId, seq };
  if (approved.kind === "request") return { ...approved, ...session };
  const { deviceId = UNKNOWN } = approved;
  if (approved.deviceId === undefined) told.push(`DevID “${deviceId}” is made up: the approved dialect has it in the header OMADM-DevID, which is not here.`);
  if (approved.kind === "response") {
    if ((approved.results ?? []).length > 0) told.push("Results count for commands, in the draft dialect for places that they name: they stand as they are.");
    return { ...approved, ...session, deviceId };
  }
  let reason: Dm2Initiation["reason"] = approved.reason ?? { by: "client" };
  if (reason.by === "server" && reason.notificationId !== undefined) {
    told.push(`The number of the notification, ${reason.notificationId}, is left out: the draft dialect does not name it.`);
    reason = { by: "server" };
  }
  if (approved.reason === undefined) told.push("That the device started the session is made up: the draft dialect always says why.");
  return { ...approved, ...session, deviceId, reason, ...(approved.supported && { supported: approved.supported.map(byPath) }) };
}

/** What the draft has as the path behind the identifier is the identifier of the instance. */
function byIdentifier({ instances = [], ...object }: SupportedMo): SupportedMo {
  const names = instances.map((path) => path.replace(/^\/|\/$/g, "")).filter((name) => name !== "");
  return { ...object, ...(names.length > 0 && { instances: names }) };
}

function byPath({ instances = [], ...object }: SupportedMo): SupportedMo {
  return { ...object, instances: instances.length === 0 ? ["/"] : instances.map((name) => `/${name}/`) };
}

const MADE_UP = "1";
const UNKNOWN = "unknown";
