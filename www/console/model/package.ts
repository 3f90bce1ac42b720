/** Packages and data of DM 2.0 as people read them. */
import type { Dialect, Dm2Command, Dm2Initiation, Dm2Package, Dm2Result } from "omadm";

export const DIALECTS: Readonly<Record<Dialect, string>> = { draft: "draft", approved: "approved" };
export const PACKAGES: Readonly<Record<Dm2Package["kind"], string>> = { initiation: "Package 1", request: "Package 2", response: "Package 3" };

/** `Package 2: GET urn:oma:mo:x:1.0//A · END`. */
export function packageWords(all: Dm2Package): string {
  return `${PACKAGES[all.kind]}: ${partsOf(all).join(" · ") || "nothing to do"}`;
}

function partsOf(all: Dm2Package): string[] {
  switch (all.kind) {
    case "initiation": {
      const { reason, supported = [], data = [], alerts = [] } = all;
      return [reasonWords(reason), ...counted(supported, "object"), ...counted(data, "item of data", "items of data"), ...counted(alerts, "alert")];
    }
    case "request":
      return [...(all.results ?? []).map((code) => `verdict ${code}`), ...(all.commands ?? []).map(commandWords)];
    case "response":
      return [...(all.results ?? []).map(resultWords), ...counted(all.alerts ?? [], "alert")];
  }
}

export const counted = (list: unknown[], one: string, many = `${one}s`): string[] => (list.length === 0 ? [] : [`${list.length} ${list.length === 1 ? one : many}`]);

export function reasonWords(reason: Dm2Initiation["reason"]): string {
  switch (reason?.by) {
    case undefined:
      return "session started";
    case "server":
      return `asked for by the server${reason.notificationId === undefined ? "" : `, notification ${reason.notificationId}`}`;
    case "client":
      return "started by the device";
    case "bootstrap":
      return "first session after bootstrap";
    case "other":
      return `reason ${reason.code}`;
  }
}

/** The name of a command as it stands in a package. */
export function commandTitle(command: Dm2Command): string {
  if (command.type === "unknown") return command.name;
  return command.type === "malformed" ? "no command" : command.type.toUpperCase();
}

/** What a command names, in the order in which people read it. */
export function argumentsOf(command: Dm2Command): [string, string][] {
  switch (command.type) {
    case "hget":
      return [["From", command.from], ...(command.to === undefined ? [] : [["To", command.to] as [string, string]])];
    case "hput":
    case "hpost":
      return [["To", command.to], ...command.from.map((uri): [string, string] => ["From", uri])];
    case "get":
    case "delete":
    case "unsub":
      return [["Node", command.uri]];
    case "exec":
      return [["Node", command.uri], ...(command.reportTo === undefined ? [] : [["Told at", command.reportTo] as [string, string]])];
    case "show":
    case "cont":
      return [["Address", command.url]];
    case "default":
      return [["Object", command.moid], ["Address", command.url]];
    case "sub":
      return [["Node", command.uri], ["Address", command.url]];
    case "unknown":
      return (command.arguments ?? []).map((argument) => ["Argument", argument]);
    case "end":
    case "malformed":
      return [];
  }
}

export function commandWords(command: Dm2Command): string {
  const [first] = argumentsOf(command);
  return first === undefined ? commandTitle(command) : `${commandTitle(command)} ${first[1]}`;
}

function resultWords({ code, objects = [], created = [] }: Dm2Result): string {
  const words = [...counted(objects, "item of data", "items of data"), ...(created.length === 0 ? [] : [`stored at ${created.join(", ")}`])];
  return words.length === 0 ? `Result ${code}` : `Result ${code} (${words.join(", ")})`;
}

/** Numbers that a double cannot hold stay whole. */
export function jsonText(value: unknown): string {
  return JSON.stringify(value, (_, member: unknown) => (typeof member === "bigint" ? (JSON as { rawJSON?: (text: string) => unknown }).rawJSON?.(String(member)) ?? String(member) : member), 2);
}
