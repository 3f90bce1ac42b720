/** Credentials and nonces are hidden until someone asks for them. */
import type { Chal, Cred, Item, Meta, RawElement, SyncMlCommand, SyncMlMessage } from "omadm";

export const HIDDEN = "••••••••";

/** A copy of `message` without the data of credentials and nonces. */
export function redact(message: SyncMlMessage): SyncMlMessage {
  const { cred } = message.header;
  return {
    ...message,
    header: cred === undefined ? message.header : { ...message.header, cred: redactCred(cred) },
    commands: message.commands.map(redactCommand),
  };
}

function redactCommand(command: SyncMlCommand): SyncMlCommand {
  const copy = { ...command };
  if (copy.type === "status") {
    if (copy.cred !== undefined) copy.cred = redactCred(copy.cred);
    if (copy.chal !== undefined) copy.chal = redactChal(copy.chal);
  }
  if ("meta" in copy && copy.meta !== undefined) copy.meta = redactMeta(copy.meta);
  if ("items" in copy) copy.items = copy.items.map(redactItem);
  if ("commands" in copy) copy.commands = copy.commands.map(redactCommand);
  return copy;
}

function redactCred(cred: Cred): Cred {
  return { ...cred, data: HIDDEN, ...(cred.extra !== undefined && { extra: redactExtra(cred.extra) }) };
}

function redactChal(chal: Chal): Chal {
  return {
    ...chal,
    ...(chal.nextNonce !== undefined && { nextNonce: HIDDEN }),
    ...(chal.extra !== undefined && { extra: redactExtra(chal.extra) }),
  };
}

function redactMeta(meta: Meta): Meta {
  return meta.nextNonce === undefined ? meta : { ...meta, nextNonce: HIDDEN };
}

function redactItem(item: Item): Item {
  return item.meta === undefined ? item : { ...item, meta: redactMeta(item.meta) };
}

/** What the model has no place for beside a secret may be one more. */
function redactExtra(extra: RawElement[]): RawElement[] {
  return extra.map((element) => ({
    ...element,
    children: element.children.flatMap((child): RawElement["children"] => (typeof child === "string" || child instanceof Uint8Array ? [HIDDEN] : redactExtra([child]))),
  }));
}

export function secretsOf(message: SyncMlMessage): string[] {
  const found = [message.header.cred?.data, ...message.commands.flatMap(secretsIn)];
  return found.filter((secret): secret is string => secret !== undefined && secret !== "");
}

function secretsIn(command: SyncMlCommand): (string | undefined)[] {
  const found = command.type === "status" ? [command.cred?.data, command.chal?.nextNonce] : [];
  if ("meta" in command) found.push(command.meta?.nextNonce);
  if ("items" in command) for (const { meta } of command.items) found.push(meta?.nextNonce);
  if ("commands" in command) for (const inner of command.commands) found.push(...secretsIn(inner));
  return found;
}

/** `text` with every occurrence of the secrets of `message` hidden. */
export function redactText(text: string, message: SyncMlMessage): string {
  return secretsOf(message).reduce((hidden, secret) => hidden.replaceAll(secret, HIDDEN), text);
}

/** The header `x-syncml-hmac` without the digest in it. */
export function redactHmac(header: string): string {
  return header.replaceAll(/(mac\s*=\s*)("[^"]*"|[^,\s]*)/gi, `$1${HIDDEN}`);
}
