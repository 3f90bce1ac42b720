/** A device description: MgmtTree. */
export interface Ddf {
  verDtd: string;
  man?: string;
  mod?: string;
  nodes: DdfNode[];
}
/** What is said of a node. */
export interface DdfNode {
  /** Missing where it is given at run time. */
  name?: string;
  path?: string;
  rtProperties?: RtProperties;
  properties: DfProperties;
  value?: string;
  nodes?: DdfNode[];
}
/** Properties that the node has at run time, with their defaults; empty where there is none. */
export interface RtProperties {
  acl?: string;
  format?: DdfFormat;
  name?: string;
  size?: string;
  title?: string;
  tStamp?: string;
  type: DfType;
  verNo?: string;
}
/** What holds for the node. */
export interface DfProperties {
  access: AccessType[];
  defaultValue?: string;
  description?: string;
  format: DdfFormat;
  occurrence: Occurrence;
  scope: "permanent" | "dynamic";
  title?: string;
  type: DfType;
  caseSense?: "cs" | "cis";
  microsoft?: MicrosoftExtensions;
}
export type DdfFormat = "b64" | "bin" | "bool" | "chr" | "int" | "node" | "null" | "xml" | "date" | "time" | "float";
export type AccessType = "add" | "copy" | "delete" | "exec" | "get" | "replace";
export type Occurrence = "one" | "zeroOrOne" | "zeroOrMore" | "oneOrMore" | { zeroOrN: number } | { oneOrN: number };
export type DfType = { mime: string[] } | { ddfName: string };
export interface MicrosoftExtensions {
  applicability?: Applicability;
  dynamicNodeNaming?: DynamicNodeNaming;
  allowedValues?: AllowedValues;
  replaceBehavior?: "append" | "replace";
  rebootBehavior?: "none" | "automatic" | "serverInitiated";
  gpMapping?: GpMapping;
  commonErrorResults?: string[];
  deprecated?: { osBuild?: string };
  dependencyBehavior?: DependencyGroup[];
  conflictResolution?: ConflictResolution;
  atomicRequired?: true;
  others?: { name: string; text: string }[];
}
export interface Applicability {
  osBuildVersion?: string;
  cspVersion?: string;
  editionAllowList?: string[];
  requiresAzureAd?: true;
}
export type DynamicNodeNaming = "serverGeneratedUniqueIdentifier" | "clientInventory" | { uniqueName: string };
export interface AllowedValues {
  valueType: "XSD" | "RegEx" | "ADMX" | "JSON" | "ENUM" | "Flag" | "Range" | "SDDL" | "None";
  values?: { value: string; description?: string }[];
  admxBacked?: { area: string; name: string; file: string };
  delimiter?: string;
}
export interface GpMapping {
  englishName: string;
  areaPath: string;
  element?: string;
}
export interface DependencyGroup {
  friendlyId: string;
  changedAllowedValues?: AllowedValues;
  dependencies: { type: "dependsOn" | "not"; uri: string; allowedValue?: AllowedValues }[];
}
export type ConflictResolution =
  | "noMerge"
  | "lowestValueMostSecure"
  | "highestValueMostSecure"
  | "lastWrite"
  | "lowestValueMostSecureZeroHasNoLimits"
  | "highestValueMostSecureZeroHasNoLimits";
