import { createHash } from "node:crypto";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Release } from "../../generator/contract/release.ts";
import { imageFiles, labCache, pythonWith } from "../tools/lab-programs.ts";

const cache = labCache("coordination");

/** Files of a Debian trixie with Valkey and Python, which stand for the images; etcd's program is mounted into them. */
export function serversRoot(): string {
  const root = imageFiles(join(cache, "trixie-valkey-1"), {
    packages: ["valkey-server", "valkey-tools", "python3-minimal", "libpython3-stdlib"],
    folders: ["data", "var/lib/etcd", "run/etcd", "etc/ssl/internal", "usr/local/bin"],
  });
  // What is mounted over has to be there.
  writeFileSync(join(root, "usr/local/bin/etcd"), "");
  return root;
}

/** tooz and the clients that it uses, as upper-constraints.txt of openstack/requirements has them for each release. */
const pins: Readonly<Record<Release, readonly string[]>> = {
  "2025.1": [
    "tooz==6.3.0",
    "redis==5.2.1",
    "etcd3gw==2.4.2",
    "requests==2.32.3",
    "oslo.utils==8.2.0",
    "urllib3==1.26.20",
  ],
  "2025.2": [
    "tooz==7.0.0",
    "redis==6.2.0",
    "etcd3gw==2.4.2",
    "requests==2.32.4",
    "oslo.utils==9.1.0",
    "urllib3==1.26.20",
  ],
  "2026.1": [
    "tooz==8.1.0",
    "redis==7.2.0",
    "etcd3gw==2.5.0",
    "requests==2.32.5",
    "oslo.utils==10.0.1",
    "urllib3==2.6.3",
  ],
  "2026.2": [
    "tooz==9.0.1",
    "redis==8.1.0",
    "etcd3gw==2.7.0",
    "requests==2.34.2",
    "oslo.utils==10.1.1",
    "urllib3==2.7.0",
  ],
};

/** A Python with the tooz of a release. */
export function toozOf(release: Release): Promise<string> {
  const hash = createHash("sha256").update(pins[release].join()).digest("hex").slice(0, 8);
  // setuptools 81 took pkg_resources away, which older ones import.
  return pythonWith(join(cache, `tooz-${release}-${hash}`), "setuptools<81", ...pins[release]);
}
