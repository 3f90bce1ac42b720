/** A small WAP connectivity document (WBXML 1.3, -//WAPFORUM//DTD PROV 1.0//EN) that names one access point. */
import { octetsOf } from "./octets.js";

const END = 0x01;
const INLINE = 0x03;
const CHARACTERISTIC = 0xc6;
const PARM = 0x87;

/** The octets of a document with the network access point `address`. */
export function connectivityDocument(address: string): Uint8Array {
  const inline = (text: string): number[] => [INLINE, ...octetsOf(text.replaceAll("\0", "")), 0];
  const parm = (name: number, value: number[]): number[] => [PARM, name, ...value, END];
  return Uint8Array.from([
    ...[0x03, 0x0b, 0x6a, 0x00], // WBXML 1.3, PROV 1.0, UTF-8, no string table
    ...[0xc5, 0x46, END], // wap-provisioningdoc version="1.0"
    ...[CHARACTERISTIC, 0x55, END], // type="NAPDEF"
    ...parm(0x07, [0x06, ...inline("CNN")]), // NAME
    ...parm(0x11, [0x06, ...inline("cnn")]), // NAPID
    ...parm(0x08, [0x06, ...inline(address)]), // NAP-ADDRESS
    ...parm(0x09, [0x06, 0x89]), // NAP-ADDRTYPE is APN
    ...[END, END],
  ]);
}
