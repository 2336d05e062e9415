#!/bin/sh
# Writes the files of a Debian with what runs on nodes and what asks it: debian.sh CONSTRAINTS PACKAGES CA TAR
set -eu
here=$(dirname "$0")
packages=ca-certificates,ceph-common,curl,gcc,genisoimage,haproxy,iproute2,iptables,libc6-dev,libpython3.13,libssl-dev,libvirt-clients,libvirt-daemon-driver-qemu
packages=$packages,libvirt-daemon-system,libvirt-dev,novnc,openvswitch-switch,ovn-central,ovn-host,pkgconf,procps,python3-dev,python3-venv
packages=$packages,python3-rados,python3-rbd,qemu-block-extra,qemu-system-x86,qemu-utils,sudo,util-linux
# What this machine sets for its own programs means nothing inside.
exec env -i PATH="$PATH" DEBIAN_FRONTEND=noninteractive mmdebstrap --quiet --variant=apt --include="$packages" \
  --dpkgopt='path-exclude=/usr/share/doc/*' --dpkgopt='path-exclude=/usr/share/locale/*' \
  --dpkgopt='path-exclude=/usr/share/man/*' \
  --customize-hook='mkdir "$1/tmp/images"' \
  --customize-hook="cp '$here/customize.sh' \"\$1/tmp/images/\"" \
  --customize-hook="cp '$1' \"\$1/tmp/images/constraints.txt\"; cp '$3' \"\$1/tmp/images/ca.crt\"" \
  --customize-hook="echo '$2' > \"\$1/tmp/images/packages.txt\"" \
  --customize-hook='chroot "$1" sh /tmp/images/customize.sh' \
  trixie "$4"
