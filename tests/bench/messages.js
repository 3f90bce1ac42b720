/**
 * Messages as devices and servers send them, of any size: made by code, the same in every run. Written by hand, so that nobody who is measured
 * has written them.
 */

const DEVICE = "IMEI:490154203237518";
const SERVER = "https://desk.example/dm";
const text = new TextEncoder();

/** @param {string} format @param {string} type @param {string} [rest] */
const meta = (format, type, rest = "") => `<Meta><Format xmlns="syncml:metinf">${format}</Format><Type xmlns="syncml:metinf">${type}</Type>${rest}</Meta>`;
/** @param {string} name @param {string} uri @param {string} [user] */
const place = (name, uri, user) => `<${name}><LocURI>${uri}</LocURI>${user === undefined ? "" : `<LocName>${user}</LocName>`}</${name}>`;
const size = (/** @type {number} */ octets) => `<Meta><MaxMsgSize xmlns="syncml:metinf">${octets}</MaxMsgSize></Meta>`;

/**
 * @param {string} body
 * @param {{ msgId?: number; from?: "device" | "server"; header?: string; final?: boolean; version?: string }} [rest]
 */
export function message(body, { msgId = 1, from = "device", header = "", final = true, version = "1.2" } = {}) {
  const [target, source] = from === "device" ? [SERVER, DEVICE] : [DEVICE, SERVER];
  return (
    `<?xml version="1.0" encoding="UTF-8"?>\n<SyncML xmlns="SYNCML:SYNCML${version}"><SyncHdr><VerDTD>${version}</VerDTD><VerProto>DM/${version}</VerProto>` +
    `<SessionID>7A</SessionID><MsgID>${msgId}</MsgID>${place("Target", target)}${place("Source", source)}${header}</SyncHdr>` +
    `<SyncBody>${body}${final ? "<Final/>" : ""}</SyncBody></SyncML>`
  );
}

const CRED = `<Cred>${meta("b64", "syncml:auth-md5")}<Data>18EA3F1g2nRrLwpkuPdPnA==</Data></Cred>`;
const INFO = { DevId: DEVICE, Man: "Tideline", Mod: "Harbour 4", DmV: "1.2", Lang: "en-GB" };
const DEV_INFO = `<Alert><CmdID>1</CmdID><Data>1201</Data></Alert><Replace><CmdID>2</CmdID>${Object.entries(INFO)
  .map(([name, value]) => `<Item>${place("Source", `./DevInfo/${name}`)}${meta("chr", "text/plain")}<Data>${value}</Data></Item>`)
  .join("")}</Replace>`;

/** What a device says first. */
export const packageOne = () => message(DEV_INFO, { header: CRED + size(65_536) });

const LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
/** @param {number} length @param {number} seed */
export function base64(length, seed) {
  let [made, state] = ["", seed * 2_654_435_761 + 1];
  for (let at = 0; at < length; at += 1) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) | 0;
    made += LETTERS[(state >>> 8) & 63];
  }
  return made;
}

/** A value as nodes have them: mostly short, now and then with entities, in CDATA, or a long one. @param {number} at @returns {[format: string, type: string, data: string]} */
function value(at) {
  if (at % 31 === 30) return ["b64", "application/x-x509-ca-cert", base64(1_200, at)];
  if (at % 23 === 22) return ["chr", "text/plain", `Käfer & Söhne, Haus ${at}: `.replace("&", "&amp;") + "weathered planks, tar, rope and a bell; ".repeat(12)];
  if (at % 17 === 16) return ["chr", "text/plain", `<![CDATA[<wap name="Home ${at}"><parm a="1" & b='2'/></wap>]]>`];
  switch (at % 5) {
    case 0:
      return ["chr", "text/plain", `Channel ${at}: 446.${at} MHz &amp; up, where it isn't &lt;taken&gt;`];
    case 1:
      return ["int", "text/plain", String(at * 7_919)];
    case 2:
      return ["bool", "text/plain", at % 2 === 0 ? "true" : "false"];
    default:
      return ["chr", "text/plain", `harbour-${at}.tideline.example`];
  }
}
const FOLDERS = ["Radio/Channel", "Policy/Rule", "Wlan/Profile", "Apps/Installed"];
const uri = (/** @type {number} */ at) => `./Vendor/Tideline/${FOLDERS[at % 4]}${at}/${["Value", "Frequency", "Name"][at % 3]}`;

/** @param {number} id @param {number} ref @param {string} cmd @param {string} inside @param {number} code */
const status = (id, ref, cmd, inside, code) =>
  `<Status><CmdID>${id}</CmdID><MsgRef>1</MsgRef><CmdRef>${ref}</CmdRef><Cmd>${cmd}</Cmd>${inside}<Data>${code}</Data></Status>`;

/** What a device answers to Gets of so many nodes. @param {number} count */
export function results(count) {
  const found = Array.from({ length: count }, (_, at) => {
    const [format, type, data] = value(at);
    return (
      status(2 * at + 2, at + 4, "Get", `<TargetRef>${uri(at)}</TargetRef>`, 200) +
      `<Results><CmdID>${2 * at + 3}</CmdID><MsgRef>1</MsgRef><CmdRef>${at + 4}</CmdRef><Item>${place("Source", uri(at))}${meta(format, type)}<Data>${data}</Data></Item></Results>`
    );
  });
  const first = status(1, 0, "SyncHdr", `<TargetRef>${DEVICE}</TargetRef><SourceRef>${SERVER}</SourceRef>`, 212);
  return message(first + found.join(""), { msgId: 2, header: size(1_048_576) });
}

/** What a server says to set so many nodes. @param {number} count */
export function replaces(count) {
  const set = Array.from({ length: count }, (_, at) => {
    const [format, type, data] = value(at + 3);
    return `<${at % 4 === 3 ? "Add" : "Replace"}><CmdID>${at + 2}</CmdID><Item>${place("Target", uri(at))}${meta(format, type)}<Data>${data}</Data></Item></${at % 4 === 3 ? "Add" : "Replace"}>`;
  });
  return message(status(1, 0, "SyncHdr", `<TargetRef>${SERVER}</TargetRef>`, 200) + set.join(""), { msgId: 2, from: "server" });
}

/** So many answers of a device that found nothing to say. @param {number} count */
export const statuses = (count) =>
  message(Array.from({ length: count }, (_, at) => status(at + 1, at + 1, "Replace", `<TargetRef>${uri(at)}</TargetRef>`, 200)).join(""), { msgId: 3 });

/** @typedef {{ name: string; body: Uint8Array }} Sample */

/** Those that are measured in XML: 1.5 kB, 45 kB and 2 MB. @returns {Sample[]} */
export const inXml = () => [
  { name: "1.5 kB: package 1", body: text.encode(packageOne()) },
  { name: "45 kB: Results of 86 nodes", body: text.encode(results(86)) },
  { name: "2 MB: Results of 3,740 nodes", body: text.encode(results(3_740)) },
];

/** Those that are measured in WBXML, in XML: 0.5 kB, 17 kB and 0.9 MB. @returns {Sample[]} */
export const inWbxml = () => [
  { name: "0.5 kB: package 1", body: text.encode(packageOne()) },
  { name: "17 kB: Results of 67 nodes", body: text.encode(results(67)) },
  { name: "0.9 MB: Results of 3,340 nodes", body: text.encode(results(3_340)) },
];

/** So that the largest of these is read. */
export const LIMITS = { bytes: 1 << 24, textBytes: 1 << 24, items: 100_000, commands: 100_000 };

const target = place("Target", "./A/B");
/** Others, which are read alike by all but not measured. @type {Record<string, string>} */
export const OTHERS = {
  "values that are set": replaces(40),
  Statuses: statuses(12),
  "a group with a group": message(
    `<Atomic><CmdID>4</CmdID><NoResp/><Sequence><CmdID>5</CmdID><Delete><CmdID>6</CmdID><Item>${target}</Item></Delete><Get><CmdID>7</CmdID><Item>${target}</Item></Get></Sequence></Atomic>` +
      `<Copy><CmdID>8</CmdID><Item>${place("Target", "./C")}${place("Source", "./A")}</Item></Copy>`,
    { from: "server", final: false },
  ),
  "an Exec with a Correlator": message(`<Exec><CmdID>3</CmdID><Correlator>c-17</Correlator><Item>${target}<Data/></Item></Exec>`, { from: "server" }),
  "a Generic Alert": message(
    `<Alert><CmdID>2</CmdID><Data>1226</Data><Correlator>c-17</Correlator><Item>${place("Source", "./A")}` +
      `<Meta><Type xmlns="syncml:metinf">urn:oma:at:fumo:1.0:download</Type><Format xmlns="syncml:metinf">int</Format><Mark xmlns="syncml:metinf">critical</Mark></Meta><Data>200</Data></Item></Alert>`,
  ),
  "an Alert of many Items": message("<Alert><CmdID>2</CmdID><Data>1103</Data><Item><Data>MINDT=10</Data></Item><Item><Data>Take a nap?</Data></Item><Item/></Alert>", { from: "server" }),
  "a chunk": message(
    `<Add><CmdID>2</CmdID><Meta><Type xmlns="syncml:metinf">text/plain</Type></Meta><Item>${target}<Meta><Size xmlns="syncml:metinf">90000</Size></Meta><Data>first part </Data><MoreData/></Item></Add>`,
    { from: "server", final: false },
  ),
  "a challenge": message(
    `<Status><CmdID>1</CmdID><MsgRef>1</MsgRef><CmdRef>0</CmdRef><Cmd>SyncHdr</Cmd><TargetRef>a</TargetRef><TargetRef>b</TargetRef><SourceRef>c</SourceRef>` +
      `<Chal>${meta("b64", "syncml:auth-md5", `<NextNonce xmlns="syncml:metinf">LG3iZQhhdmKNHg==</NextNonce>`)}</Chal><Data>401</Data><Item><Data>why</Data></Item></Status>`,
    { from: "server" },
  ),
  "all of the header": message("", {
    header: `<RespURI>${SERVER}?sid=x&amp;y=z</RespURI><NoResp/><Cred><Meta><Type xmlns="syncml:metinf">syncml:auth-basic</Type></Meta><Data>QnJ1Y2Uy</Data></Cred>` +
      `<Meta><MaxMsgSize xmlns="syncml:metinf">5000</MaxMsgSize><MaxObjSize xmlns="syncml:metinf">90000</MaxObjSize></Meta>`,
  }),
  "names of places": message(`<Get><CmdID>3</CmdID><NoResp/><Item><Target><LocURI>./A</LocURI><LocName>Ä</LocName></Target></Item></Get>`, { from: "server" }),
  "entities and CDATA": message(
    `<Replace><CmdID>3</CmdID><Item>${target}<Data>&lt;a&gt; &amp;amp; &quot;b&quot; &apos;c&apos; &#252;&#x1F600;</Data></Item><Item>${target}<Data><![CDATA[<b> &amp; ]]]]><![CDATA[> c]]></Data></Item>` +
      `<Item>${target}<Data>one <![CDATA[& two]]> &amp; three</Data></Item></Replace>`,
    { from: "server" },
  ),
  "white space that counts": message(`<Replace><CmdID>3</CmdID><Item>${target}<Data>  left and right\n </Data></Item><Item>${target}<Data> </Data></Item></Replace>`, { from: "server" }),
  "white space that does not": message(
    `\n  <Get>\n    <CmdID> 3 </CmdID>\n    <Item>\n      <Target>\n        <LocURI>\n          ./A\n        </LocURI>\n      </Target>\n    </Item>\n  </Get>\n  <!-- the end -->\n  `,
    { from: "server" },
  ),
  "Results at a whole": message(
    `<Results><CmdID>3</CmdID><MsgRef>1</MsgRef><CmdRef>4</CmdRef><Meta><Format xmlns="syncml:metinf">xml</Format></Meta><TargetRef>./A?list=Struct</TargetRef><SourceRef>./A</SourceRef>` +
      `<Item>${place("Source", "./A/漢字")}<Data>💡 &amp; Käse</Data></Item></Results>`,
    { version: "1.1" },
  ),
};
