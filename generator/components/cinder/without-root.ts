/**
 * Starts a program of Cinder that asks `sudo` for what it thinks needs root: qemu-img, which reads files of the pod's own, and the
 * helper of oslo.privsep. In these pods nobody becomes root: a `sudo` of their own runs the command as who asks. It passes over the first
 * two words, cinder-rootwrap and its file, whose filters protect a root that is not there
 * (https://opendev.org/openstack/cinder/src/branch/master/cinder/utils.py, get_root_helper). In a pod that has all rights
 * the one who asks is root.
 */
export const withoutSudo = (program: string): string[] => [
  "sh",
  "-c",
  `mkdir -p ${programs}
printf '#!/bin/sh\\nshift 2\\nexec "$@"\\n' > ${programs}/sudo
chmod 755 ${programs}/sudo
PATH=${programs}:$PATH
export PATH
exec ${program}`,
];
const programs = "/var/lib/cinder/bin";

/** The helpers keep no capability, since they have none; by default they want some, and do not start without. */
export const noCapabilities = {
  cinder_sys_admin: { capabilities: [] },
  privsep_osbrick: { capabilities: [] },
};
