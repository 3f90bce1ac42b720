/** Credentials and nonces are hidden until someone asks for them. */
import type { SyncMlCommand, SyncMlMessage } from "omadm";

export const HIDDEN = "••••••••";

/** A copy of `message` without the data of credentials and nonces. */
export function redact(message: SyncMlMessage): SyncMlMessage {
  const { cred } = message.header;
  return {
    ...message,
    header: cred === undefined ? message.header : { ...message.header, cred: { ...cred, data: HIDDEN } },
    commands: message.commands.map(redactCommand),
  };
}

function redactCommand(command: SyncMlCommand): SyncMlCommand {
  if (command.type !== "status") return command;
  const copy = { ...command };
  if (copy.cred !== undefined) copy.cred = { ...copy.cred, data: HIDDEN };
  if (copy.chal?.nextNonce !== undefined) copy.chal = { ...copy.chal, nextNonce: HIDDEN };
  return copy;
}

export function secretsOf(message: SyncMlMessage): string[] {
  const found: (string | undefined)[] = [message.header.cred?.data];
  for (const command of message.commands) {
    if (command.type === "status") found.push(command.cred?.data, command.chal?.nextNonce);
  }
  return found.filter((secret): secret is string => secret !== undefined && secret !== "");
}

/** `text` with every occurrence of the secrets of `message` hidden. */
export function redactText(text: string, message: SyncMlMessage): string {
  return secretsOf(message).reduce((hidden, secret) => hidden.replaceAll(secret, HIDDEN), text);
}
