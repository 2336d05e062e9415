#!/bin/sh
# Writes the files of a Debian with all servers and the OpenStack of these constraints: debian.sh CONSTRAINTS PACKAGES CA TAR
set -eu
here=$(dirname "$0")
packages=ca-certificates,curl,galera-4,gcc,haproxy,libpython3.13,libssl-dev,mariadb-backup,mariadb-client,mariadb-server,memcached,procps
packages=$packages,python3-dev,python3-venv,rabbitmq-server,rsync,socat
# What this machine sets for its own programs means nothing inside.
exec env -i PATH="$PATH" DEBIAN_FRONTEND=noninteractive mmdebstrap --quiet --variant=apt --include="$packages" \
  --dpkgopt='path-exclude=/usr/share/doc/*' --dpkgopt='path-exclude=/usr/share/locale/*' \
  --dpkgopt='path-exclude=/usr/share/man/*' \
  --customize-hook='mkdir "$1/tmp/images"' \
  --customize-hook="cp '$here/customize.sh' '$here/mariadb-entrypoint.sh' \"\$1/tmp/images/\"" \
  --customize-hook="cp '$1' \"\$1/tmp/images/constraints.txt\"; cp '$3' \"\$1/tmp/images/ca.crt\"" \
  --customize-hook="echo '$2' > \"\$1/tmp/images/packages.txt\"" \
  --customize-hook='chroot "$1" sh /tmp/images/customize.sh' \
  trixie "$4"
