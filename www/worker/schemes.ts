import type { AuthScheme } from "omadm";

export const SCHEMES: readonly AuthScheme[] = ["basic", "md5", "hmac", "sha256"];

/** At least one scheme, and none twice. */
export const isSchemes = (value: unknown): value is AuthScheme[] =>
  Array.isArray(value) &&
  value.length > 0 &&
  new Set(value).size === value.length &&
  value.every((scheme) => SCHEMES.some((known) => known === scheme));
