/**
 * Management objects that are plugged into a device: examples of how a maker puts hardware behind the tree's host nodes.
 *
 * An object is not part of the engine. It brings nodes into the tree, answers the tickets of those that are the host's, and does its
 * work while time passes: an Exec is answered 202, and an alert with the Correlator tells the outcome, in the same session or a later one.
 *
 *     const objects = objectsNamed(["fumo"]);
 *     const tree = new DmTree(sourceWith(objects, { values: { "./DevInfo/DevId": "IMEI:490154203237518" } }));
 *     // for every event of a session: answerOf(objects, event, tree) ?? what the device itself answers
 *     // between two messages: for (const alert of workOf(objects, tree)) session.raise(alert)
 */
import type { ClientAlert, ClientEvent, DmTree, Outcome, TreeSource } from "../types.js";

/** What a device maker writes for an object. */
export interface DeviceObject {
  readonly name: string;
  /** What it brings into a new tree. */
  readonly source: Pick<TreeSource, "values" | "ddf">;
  /** Something was begun and is not over. */
  readonly isBusy: boolean;
  /** With what every session begins. */
  opening?(): ClientAlert[];
  /** The answer to a ticket of its nodes; sees all other events too. Undefined: not its node. */
  answer(event: ClientEvent, tree: DmTree): Outcome | undefined;
  /** Time passes: goes a step on, and gives the alerts that tell what has come to its end. */
  work(tree: DmTree): ClientAlert[];
  /** What goes on, as JSON; the rest is in the tree. */
  save(): unknown;
  /** Goes on from there. Throws a TypeError for what `save` did not give. */
  restore(saved: unknown): void;
}

/** A firmware that can be updated: FUMO 1.0. */
export interface FumoOptions {
  /** Where it is: `./FwUpdate/Firmware`. */
  root?: string;
  /** The result codes, from 200 to 599, of Download, Update and DownloadAndUpdate: 200. An address that is none gives 411 by itself. */
  results?: Partial<Record<string, number>>;
  /** The package stays behind the update: State 90 and 70 instead of 100 and 80. Default: false. */
  keepsData?: boolean;
  /** How many steps longer each operation takes: 0. */
  patience?: number;
  /** What `./DevDetail/FwV` says behind an update: `2.0.0`. */
  version?: string;
}
/** Software that is downloaded, installed, activated and removed: SCOMO 1.0. */
export interface ScomoOptions {
  /** Where it is: `./SCOMO/Software`. */
  root?: string;
  /** The result codes, from 1200 to 1599, by operation: 1200. */
  results?: Partial<Record<string, number>>;
  /** How many steps longer each operation takes: 0. */
  patience?: number;
  /** The node below Download that is there at first: `Slot`. */
  slot?: string;
}
/** A device like one that runs Windows. */
export interface WindowsOptions {
  /** The statuses of Reboot, Wipe and Unenroll: 200. */
  results?: Partial<Record<string, number>>;
  /** The user wants to leave the server: each session begins with the alert that says so. Default: false. */
  leaves?: boolean;
  /** `./DevInfo/Mod`. */
  model?: string;
}
export interface ObjectOptions {
  fumo?: FumoOptions;
  scomo?: ScomoOptions;
  windows?: WindowsOptions;
}

export class Fumo implements DeviceObject {
  constructor(options?: FumoOptions);
  readonly name: "fumo";
  readonly source: Pick<TreeSource, "values" | "ddf">;
  readonly isBusy: boolean;
  answer(event: ClientEvent, tree: DmTree): Outcome | undefined;
  work(tree: DmTree): ClientAlert[];
  save(): unknown;
  restore(saved: unknown): void;
}
export class Scomo implements DeviceObject {
  constructor(options?: ScomoOptions);
  readonly name: "scomo";
  readonly source: Pick<TreeSource, "values" | "ddf">;
  readonly isBusy: boolean;
  answer(event: ClientEvent, tree: DmTree): Outcome | undefined;
  work(tree: DmTree): ClientAlert[];
  save(): unknown;
  restore(saved: unknown): void;
}
export class Windows implements DeviceObject {
  constructor(options?: WindowsOptions);
  readonly name: "windows";
  readonly source: Pick<TreeSource, "values" | "ddf">;
  readonly isBusy: boolean;
  opening(): ClientAlert[];
  answer(event: ClientEvent, tree: DmTree): Outcome | undefined;
  work(tree: DmTree): ClientAlert[];
  save(): unknown;
  restore(saved: unknown): void;
}
/** The names of the objects that come with the package. */
export const OBJECTS: readonly ["fumo", "scomo", "windows"];
/** Objects by their names. Throws a TypeError that says what is wrong with a name or an option. */
export function objectsNamed(names: readonly string[], options?: ObjectOptions): DeviceObject[];
/** What a tree with these objects is made of, under what the maker gives. Descriptions of the maker's stand for those that objects bring. */
export function sourceWith(objects: readonly DeviceObject[], own?: TreeSource): TreeSource;
/** The answer of the object whose node it is. Every event goes to every object. */
export function answerOf(objects: readonly DeviceObject[], event: ClientEvent, tree: DmTree): Outcome | undefined;
/** Time passes: all that goes on goes a step on, and what has come to its end is told by alerts. */
export function workOf(objects: readonly DeviceObject[], tree: DmTree): ClientAlert[];
