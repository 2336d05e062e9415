import { join } from "node:path";
import { imageFiles, labCache, pythonWith } from "../tools/lab-programs.ts";

const cache = labCache("ovn");

/** Files of a Debian trixie with OVN and Open vSwitch, which stand for the images. */
export const serversRoot = (): string =>
  imageFiles(join(cache, "trixie-ovn-3"), {
    packages: ["ovn-central", "ovn-host", "openvswitch-switch", "iproute2", "iputils-ping"],
    folders: ["var/lib/ovn", "run/ovn", "run/openvswitch", "etc/ovn", "etc/openvswitch", "etc/ssl/ovn"],
    asksForNames: true,
  });

const release = "2026.1";
const constraints = join(import.meta.dirname, "../config/constraints", `${release}.txt`);

/** A Python with what Neutron of the release speaks to OVN with. */
export const clientPython = (): Promise<string> =>
  pythonWith(join(cache, `ovsdbapp-${release}`), "--constraint", constraints, "ovsdbapp", "ovs");
