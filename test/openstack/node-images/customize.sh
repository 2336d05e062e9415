#!/bin/sh
# Runs inside a fresh Debian and makes of it what the images of Nova, Neutron, Cinder, libvirt and OVN are, as far as pods rely on it.
set -eu

groupadd --gid 42424 openstack
useradd --uid 42424 --gid openstack --home-dir /var/lib/openstack --no-create-home openstack
mkdir -p /var/lib/cinder /var/lib/nova /var/lib/ovn
chown 42424:42424 /var/lib/cinder /var/lib/nova /var/lib/ovn

python3 -m venv /var/lib/openstack
pip() { /var/lib/openstack/bin/pip --quiet --cert /tmp/images/ca.crt --no-cache-dir install "$@"; }
tr ' ' '\n' < /tmp/images/packages.txt > /tmp/images/wanted.txt
pip --constraint /tmp/images/constraints.txt --requirement /tmp/images/wanted.txt
UWSGI_PROFILE_OVERRIDE='ssl=true' pip --no-deps uwsgi==2.0.31
# Debian alone has the library of Ceph's clients, for its own Python, which this one is.
ln -s /usr/lib/python3/dist-packages/rados.cpython-*.so /usr/lib/python3/dist-packages/rbd.cpython-*.so /var/lib/openstack/lib/python3*/site-packages/
# The archive gets other times than the files have here, and compiled code that goes by them is compiled anew at each start.
compile() { /var/lib/openstack/bin/python -m compileall -q -f --invalidation-mode unchecked-hash "$@"; }
# Some packages bring files for other Pythons, which cannot be compiled; the services' own must be.
compile /var/lib/openstack/lib || true
for service in nova neutron cinder; do compile /var/lib/openstack/lib/python3*/site-packages/"$service"; done
apt-get purge --quiet --yes gcc libc6-dev libssl-dev libvirt-dev python3-dev > /dev/null
apt-get autoremove --quiet --yes --purge > /dev/null
/var/lib/openstack/bin/python -c 'import libvirt, nova.cmd.compute, nova.cmd.manage'
/var/lib/openstack/bin/python -c 'import rbd, cinder.cmd.volume'
/var/lib/openstack/bin/python -c 'import neutron.cmd.ovn.neutron_ovn_db_sync_util'
/var/lib/openstack/bin/uwsgi --help | grep -q -- --https-socket
for program in libvirtd virsh qemu-system-x86_64 qemu-img rbd ovs-vswitchd ovn-controller ovn-northd ovsdb-server flock setpriv haproxy ip iptables; do
  command -v $program > /dev/null
done
rm -rf /tmp/images
