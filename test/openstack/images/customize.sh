#!/bin/sh
# Runs inside a fresh Debian and makes of it what the official images of the services are, as far as pods rely on it.
set -eu

# The operators run both servers as 999.
usermod --non-unique --uid 999 mysql
groupmod --non-unique --gid 999 mysql
usermod --non-unique --uid 999 rabbitmq
groupmod --non-unique --gid 999 rabbitmq
groupadd --gid 11211 memcached
useradd --uid 11211 --gid memcached --no-create-home memcached
groupadd --gid 42424 openstack
useradd --uid 42424 --gid openstack --home-dir /var/lib/openstack --no-create-home openstack

rm -rf /var/lib/mysql/* /etc/mysql/mariadb.conf.d/*
mkdir /docker-entrypoint-initdb.d
chown -R 999:999 /var/lib/mysql /var/lib/rabbitmq /var/log/rabbitmq /etc/rabbitmq
chmod -R a+rwX /var/lib/rabbitmq /var/log/rabbitmq /etc/rabbitmq
install --mode=755 /tmp/images/mariadb-entrypoint.sh /usr/local/bin/docker-entrypoint.sh

python3 -m venv /var/lib/openstack
pip() { /var/lib/openstack/bin/pip --quiet --cert /tmp/images/ca.crt --no-cache-dir install "$@"; }
# The constraints are of an older Python: what that had in its own library is not among them. Ready-made uwsgi has no TLS.
tr ' ' '\n' < /tmp/images/packages.txt > /tmp/images/wanted.txt
pip --constraint /tmp/images/constraints.txt --requirement /tmp/images/wanted.txt python-openstackclient
UWSGI_PROFILE_OVERRIDE='ssl=true' pip --no-deps uwsgi==2.0.31
# The archive gets other times than the files have here, and compiled code that goes by them is compiled anew at each start.
compile() { /var/lib/openstack/bin/python -m compileall -q -f --invalidation-mode unchecked-hash "$@"; }
# Some packages bring files for other Pythons, which cannot be compiled; the services' own must be.
compile /var/lib/openstack/lib || true
for service in keystone glance placement; do compile /var/lib/openstack/lib/python3*/site-packages/"$service"; done
apt-get purge --quiet --yes gcc python3-dev libssl-dev > /dev/null
apt-get autoremove --quiet --yes --purge > /dev/null
/var/lib/openstack/bin/python -c 'import keystone.cmd.manage, glance.cmd.api, placement.cmd.manage'
/var/lib/openstack/bin/uwsgi --help | grep -q -- --https-socket
rm -rf /tmp/images
