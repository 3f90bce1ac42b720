/** Messages to try. The engine writes them when asked; only the broken one is text, since no engine would write it. */
import { encode } from "omadm";
import type { Dm2Package, SyncMlCommand, SyncMlMessage, TndsNode } from "omadm";
import { connectivityDocument } from "./connectivity.js";
import { CNN, UNIT } from "./device-tree.js";
import { base64Of, octetsOf, rowsOf } from "./octets.js";
import { DEFAULTS } from "./settings.js";

const DEVICE = { uri: DEFAULTS.deviceId };
const SERVER = { uri: "https://dm.example/dm" };

export interface Example {
  name: string;
  text: () => string;
}

/** The text is XML, or WBXML in hex. */
export const EXAMPLES: Example[] = [
  { name: "Session start", text: () => written(message("device", 1, sessionStart())) },
  { name: "Commands", text: () => written(message("server", 1, commands())) },
  { name: "Answers", text: () => written(message("device", 2, answers())) },
  { name: "WBXML", text: () => rowsOf(encoded(message("server", 1, commands()))) },
  { name: "Tree", text: () => new TextDecoder().decode(encode({ type: "tnds", encoding: "xml", nodes: ACCOUNT }, { indent: true }).body) },
  { name: "DM 2.0", text: () => new TextDecoder().decode(encode({ type: "dm2", dialect: "draft", package: PACKAGE }, { indent: true }).body) },
  { name: "Cut off", text: () => rowsOf(encoded(message("device", 1, sessionStart())).subarray(0, CUT)) },
  { name: "Broken", text: () => BROKEN },
];

/** Octets after which the example that is cut off ends: in the midst of its commands. */
const CUT = 320;

function encoded(syncml: SyncMlMessage): Uint8Array {
  return encode({ type: "syncml", encoding: "wbxml", message: syncml }).body;
}

function written(syncml: SyncMlMessage): string {
  const { body } = encode({ type: "syncml", encoding: "xml", message: syncml }, { indent: true });
  return new TextDecoder().decode(body);
}

function message(from: "device" | "server", msgId: number, list: SyncMlCommand[]): SyncMlMessage {
  const [source, target] = from === "device" ? [DEVICE, SERVER] : [SERVER, DEVICE];
  const basic = base64Of(octetsOf(`${DEFAULTS.user}:${DEFAULTS.password}`));
  return {
    header: {
      verDtd: "1.2",
      verProto: "DM/1.3",
      sessionId: "7",
      msgId,
      target,
      source,
      ...(from === "device" && msgId === 1 ? { cred: { type: "syncml:auth-basic", format: "b64", data: basic }, maxMsgSize: 16384 } : {}),
    },
    commands: list,
    final: true,
  };
}

function sessionStart(): SyncMlCommand[] {
  const info = { DevId: DEFAULTS.deviceId, Man: "Marram Instruments", Mod: "Field Unit 7", DmV: "1.3", Lang: "en-GB" };
  const items = Object.entries(info).map(([name, data]) => ({ source: { uri: `./DevInfo/${name}` }, data }));
  return [
    { type: "alert", cmdId: "1", code: 1201, items: [] },
    { type: "replace", cmdId: "2", items },
  ];
}

function commands(): SyncMlCommand[] {
  const meta = { format: "b64", type: "application/vnd.wap.connectivity-wbxml" };
  return [
    { type: "status", cmdId: "1", msgRef: "1", cmdRef: "0", cmd: "SyncHdr", targetRefs: [SERVER.uri], sourceRefs: [DEVICE.uri], code: 212, items: [] },
    {
      type: "sequence",
      cmdId: "2",
      commands: [
        { type: "alert", cmdId: "3", code: 1101, items: [{ data: "MINDT=10" }, { data: DEFAULTS.question }] },
        { type: "replace", cmdId: "4", items: [{ target: { uri: CNN }, meta, data: base64Of(connectivityDocument(DEFAULTS.accessPoint)) }] },
      ],
    },
    { type: "get", cmdId: "5", items: [{ target: { uri: "./DevDetail/SwV" } }] },
  ];
}

function answers(): SyncMlCommand[] {
  const status = (cmdId: string, cmdRef: string, cmd: string, code: number): SyncMlCommand => ({
    type: "status", cmdId, msgRef: "1", cmdRef, cmd, targetRefs: [], sourceRefs: [], code, items: [],
  });
  return [
    status("1", "0", "SyncHdr", 212),
    status("2", "2", "Sequence", 200),
    status("3", "3", "Alert", 304),
    status("4", "4", "Replace", 215),
    status("5", "5", "Get", 200),
    { type: "results", cmdId: "6", msgRef: "1", cmdRef: "5", items: [{ source: { uri: "./DevDetail/SwV" }, data: "4.2.0" }] },
  ];
}

/** What a server of DM 2.0 has to be done. */
const PACKAGE: Dm2Package = {
  kind: "request",
  sessionId: "7",
  seq: 1,
  commands: [
    { type: "get", uri: `${UNIT}//Temperature` },
    { type: "hput", from: [`${UNIT}//`], to: "https://dm.example/units/7" },
    { type: "hget", from: "https://dm.example/settings/7", to: `${UNIT}//` },
    { type: "exec", uri: `${UNIT}//Restart` },
    { type: "end" },
  ],
  results: [200],
};

/** A DM account, as a server brings it to a device. */
const ACCOUNT: TndsNode[] = [
  interior("Desk", [
    leaf("AppID", "w7"),
    leaf("ServerID", "mgmt.example"),
    leaf("Name", "The desk"),
    interior("AppAuth", [
      interior("server", [leaf("AAuthLevel", "SRVCRED"), leaf("AAuthType", "DIGEST"), leaf("AAuthName", DEFAULTS.serverUser), leaf("AAuthSecret", DEFAULTS.serverPassword)]),
    ]),
  ], { type: "urn:oma:mo:oma-dm-dmacc:1.0", acl: "Get=*&Replace=mgmt.example" }),
];

function interior(name: string, children: TndsNode[], more: Partial<TndsNode> = {}): TndsNode {
  return { name, format: "node", ...more, children };
}

function leaf(name: string, data: string): TndsNode {
  return { name, format: "chr", data, children: [] };
}

const BROKEN = `<SyncML xmlns="SYNCML:SYNCML1.2">
  <SyncHdr>
    <VerDTD>1.2</VerDTD>
    <VerProto>DM/1.2</VerProto>
    <SessionID>7</SessionID>
    <MsgID>1</MsgID>
    <Target><LocURI>https://dm.example/dm</LocURI></Target>
    <Source><LocURI>${DEFAULTS.deviceId}</LocURI><LocName>Außenstelle Füßen</LocName></Source>
  </SyncHdr>
  <SyncBody>
    <Replace>
      <CmdID>1</CmdID>
      <Item>
        <Target><LocURI>./Vendor/Café/Menü</LocURI></Target>
        <Data>Jalapeño & Käse</Data>
      </Item>
    </Replace>
    <Final/>
  </SyncBody>
</SyncML>
`;
