/** What the Windows-like device consists of: the names that Windows publishes, with values and policies of our own. */
import { describe } from "./describe.js";

/** Where all but DevInfo and DevDetail is: the second address says that it is the device's, not a user's, which is what the first means. */
export const ROOTS = /** @type {const} */ (["./Vendor/MSFT", "./Device/Vendor/MSFT"]);
export const PROVIDER = "Marram";

/** Policies: those of numbers, and those that an administrative template stands behind. @type {import("./describe.js").Described[]} */
const AREAS = [
  {
    name: "Update",
    access: "ADG",
    nodes: [
      { name: "ActiveHoursStart", format: "int", access: "ADGR", value: "8", allowed: "[0-23]" },
      { name: "ActiveHoursEnd", format: "int", access: "ADGR", value: "17", allowed: "[0-23]" },
      { name: "AllowAutoUpdate", format: "int", access: "ADGR", value: "2", allowed: "[0-5]" },
    ],
  },
  { name: "Camera", access: "ADG", nodes: [{ name: "AllowCamera", format: "int", access: "ADGR", value: "1", allowed: "[0-1]" }] },
  {
    name: "Lantern~Policy~Lantern",
    access: "ADG",
    nodes: [
      { name: "Dim", format: "chr", access: "ADGR", admx: true },
      { name: "Colours", format: "chr", access: "ADGR", admx: true },
    ],
  },
];

/** What holds is read below Result, and only the device writes it. @param {import("./describe.js").Described} area @returns {import("./describe.js").Described} */
const resulting = ({ name, nodes = [] }) => ({
  name,
  access: "G",
  nodes: nodes.map(({ name: policy, format, value }) => ({ name: policy, access: "G", ...(format && { format }), value: value ?? "" })),
});

/** @param {string} deviceId @param {string} model */
export function descriptions(deviceId, model) {
  return [
    describe(".", {
      name: "DevInfo",
      access: "G",
      nodes: [
        { name: "DevId", format: "chr", access: "G", value: deviceId },
        { name: "Man", format: "chr", access: "G", value: "Marram Computers" },
        { name: "Mod", format: "chr", access: "G", value: model },
        { name: "DmV", format: "chr", access: "G", value: "1.3" },
        { name: "Lang", format: "chr", access: "G", value: "en-US" },
      ],
    }),
    describe(".", {
      name: "DevDetail",
      access: "G",
      nodes: [
        {
          name: "URI",
          access: "G",
          nodes: ["MaxDepth", "MaxTotLen", "MaxSegLen"].map((name) => ({ name, format: /** @type {const} */ ("int"), access: "G", value: "0" })),
        },
        { name: "DevTyp", format: "chr", access: "G", value: "Desktop" },
        { name: "OEM", format: "chr", access: "G", value: "Marram Computers" },
        { name: "FwV", format: "chr", access: "G", value: "1.0.0" },
        { name: "SwV", format: "chr", access: "G", value: "10.0.26200.9278" },
        { name: "HwV", format: "chr", access: "G", value: "A" },
        { name: "LrgObj", format: "bool", access: "G", value: "true" },
        {
          name: "Ext",
          access: "G",
          nodes: [
            {
              name: "Microsoft",
              access: "G",
              nodes: [
                { name: "OSPlatform", format: "chr", access: "G", value: "Marram" },
                { name: "DeviceName", format: "chr", access: "GR", value: "MARRAM-1" },
                { name: "TotalRAM", format: "int", access: "G", value: "8192" },
                { name: "LocalTime", format: "chr", access: "G", value: "" },
              ],
            },
          ],
        },
      ],
    }),
    ...ROOTS.flatMap(vendorNodes),
  ];
}

/** @param {string} root */
function vendorNodes(root) {
  return [
    describe(root, {
      name: "Policy",
      access: "G",
      nodes: [
        { name: "Config", access: "G", nodes: AREAS },
        { name: "Result", access: "G", nodes: AREAS.map(resulting) },
        {
          name: "ConfigOperations",
          access: "G",
          nodes: [
            {
              name: "ADMXInstall",
              access: "ADG",
              nodes: [{ name: "*", access: "ADG", nodes: [{ name: "Policy", access: "ADG", nodes: [{ name: "*", format: "chr", access: "ADGR" }] }] }],
            },
          ],
        },
      ],
    }),
    describe(root, {
      name: "DMClient",
      access: "G",
      nodes: [
        {
          name: "Provider",
          access: "G",
          nodes: [
            {
              name: "*",
              access: "ADG",
              nodes: [
                { name: "EntDeviceName", format: "chr", access: "G", value: "MARRAM-1" },
                { name: "EntDMID", format: "chr", access: "GR", value: "" },
                { name: "ManagementServerAddressList", format: "chr", access: "GR", value: "" },
                {
                  name: "Poll",
                  access: "ADG",
                  nodes: [
                    { name: "IntervalForFirstSetOfRetries", format: "int", access: "ADGR", value: "15" },
                    { name: "NumberOfFirstRetries", format: "int", access: "ADGR", value: "10" },
                  ],
                },
                { name: "Push", access: "ADG", nodes: [{ name: "PFN", format: "chr", access: "ADGR" }, { name: "Status", format: "int", access: "G", value: "0" }] },
              ],
            },
          ],
        },
        { name: "Unenroll", format: "chr", access: "EG", value: "" },
      ],
    }),
    describe(root, {
      name: "Reboot",
      access: "G",
      nodes: [
        { name: "RebootNow", format: "null", access: "EG" },
        { name: "Schedule", access: "G", nodes: [{ name: "Single", format: "chr", access: "ADGR" }] },
      ],
    }),
    describe(root, { name: "RemoteWipe", access: "G", nodes: [{ name: "doWipe", format: "chr", access: "EG", value: "" }] }),
  ];
}
