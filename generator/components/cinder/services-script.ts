/** What both programs begin with: Cinder's own records of its services, and the versions that this release writes there. */
const beginning = `
from datetime import timedelta
from oslo_config import cfg
from oslo_utils import timeutils, versionutils
from cinder import context, objects
from cinder.cmd import manage

cfg.CONF([], project="cinder")
objects.register_all()
admin = context.get_admin_context()
`;

/**
 * Waits until no record of a service says an older version: those are services of the release before, or of a host that is gone. Data
 * migrations change what such a service reads, and calls are made in the oldest version of all records
 * (https://docs.openstack.org/cinder/latest/admin/upgrades.html). Nothing is removed: a record of cinder-volume says where volumes are.
 */
export const waitForServices = `import sys, time
${beginning}
def is_older(one, other):
    return one is None or versionutils.convert_version_to_int(one) < versionutils.convert_version_to_int(other)

def lagging():
    return [
        "%s %s" % (service.binary, service.host)
        for service in objects.ServiceList.get_all(admin)
        if service.binary in manage.RPC_VERSIONS
        and (is_older(service.rpc_current_version, manage.RPC_VERSIONS[service.binary])
             or is_older(service.object_current_version, manage.OVO_VERSION))
    ]

for attempt in range(120):
    left = lagging()
    if not left:
        sys.exit(0)
    print("older services: " + ", ".join(left), flush=True)
    time.sleep(5)
sys.exit("Start them with the new release. Of a host that is gone for good: cinder-manage service remove BINARY HOST")
`;

/**
 * Removes the records of schedulers and backup services that have been silent for a day: replicas that there are no longer. None of
 * cinder-volume, which volumes belong to.
 */
export const removeGoneServices = `${beginning.trimStart()}
yesterday = timeutils.utcnow() - timedelta(days=1)
for service in objects.ServiceList.get_all(admin):
    seen = service.updated_at or service.created_at
    if service.binary in ("cinder-scheduler", "cinder-backup") and not service.is_up and timeutils.normalize_time(seen) < yesterday:
        print("removed: %s %s" % (service.binary, service.host))
        service.destroy()
`;
