/** The secrets of DM accounts in a serialised tree: they are hidden until somebody asks for them. */
import type { TndsNode } from "omadm";
import { HIDDEN } from "./redact.js";

const SECRETS = new Set(["AAuthSecret", "AAuthData"]);

/** Whether the value of a node of this name is a secret. */
export function isSecretName(name: string | undefined): boolean {
  return name !== undefined && SECRETS.has(name);
}

export function hasTreeSecrets(nodes: TndsNode[]): boolean {
  return nodes.some(({ name, data, children }) => (isSecretName(name) && data !== undefined) || hasTreeSecrets(children));
}

/** A copy without the secrets. */
export function redactNodes(nodes: TndsNode[]): TndsNode[] {
  return nodes.map((node) => {
    const { format, ...rest } = { ...node, children: redactNodes(node.children) };
    if (!isSecretName(node.name) || node.data === undefined) return format === undefined ? rest : { ...rest, format };
    return { ...rest, format: "chr", data: HIDDEN };
  });
}
