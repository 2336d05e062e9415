/** A remote's URL as a delivery engine takes it: a scheme, and no password. Undefined for a path on this machine. */
export function deliveryUrl(remote: string): string | undefined {
  const short = /^(?:([^@/\s]+)@)?([^:/\s]+):(?!\/\/)\/?(\S+)$/.exec(remote);
  const text = short === null ? remote : `ssh://${short[1] ?? "git"}@${short[2]}/${short[3]}`;
  if (!URL.canParse(text)) return undefined;
  const url = new URL(text);
  if (!["https:", "http:", "ssh:"].includes(url.protocol)) return undefined;
  url.password = "";
  if (url.protocol !== "ssh:") url.username = "";
  return url.href;
}
