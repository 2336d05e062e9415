"""Writes to the Northbound database as Neutron does, one row after the other, and tells of each in a line of JSON."""

import json
import sys
import time

remotes, folder, names, probe, prefix = sys.argv[1:6]
# The module that the component gives to clients.
sys.path.insert(0, names)

from ovs import stream  # noqa: E402
from ovsdbapp.backend.ovs_idl import connection  # noqa: E402
from ovsdbapp.schema.ovn_northbound import impl_idl  # noqa: E402

stream.Stream.ssl_set_private_key_file(folder + "/tls.key")
stream.Stream.ssl_set_certificate_file(folder + "/tls.crt")
stream.Stream.ssl_set_ca_cert_file(folder + "/ca.crt")
idl = connection.OvsdbIdl.from_server(remotes, "OVN_Northbound", probe_interval=int(probe))
api = impl_idl.OvnNbApiIdlImpl(connection.Connection(idl=idl, timeout=180))
number = 0
while True:
    began = time.time()
    told = {"row": "%s-%d" % (prefix, number), "began": began}
    try:
        api.ls_add(told["row"]).execute(check_error=True)
    except Exception as error:
        told = {"error": "%s: %s" % (type(error).__name__, error), "began": began}
    print(json.dumps(dict(told, ended=time.time())), flush=True)
    number += 1
    time.sleep(0.1)
