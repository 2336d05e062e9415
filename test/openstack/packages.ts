/** Programs of hosts and what makes images, with the package of Debian that has each. */
export const packages: Readonly<Record<string, string>> = {
  containerd: "containerd",
  ip: "iproute2",
  mmdebstrap: "mmdebstrap",
  nft: "nftables",
  ping: "iputils-ping",
  runc: "runc",
  xfs_io: "xfsprogs",
};
