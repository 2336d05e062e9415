/**
 * A Python module `unbound` for clients of OVN's databases: put it into a folder of PYTHONPATH. Members are known by name, and the ovs library
 * finds no name without that module, which is not on PyPI: it says "DNS support requires the python unbound library" and connects to nobody.
 * https://github.com/openvswitch/ovs/blob/v3.5.0/python/ovs/dns_resolve.py
 * It asks as every other program of the pod does, and has of libunbound's interface what that library calls.
 */
export const unboundModule = `import socket

RR_TYPE_A, RR_TYPE_AAAA = 1, 28
families = {RR_TYPE_A: socket.AF_INET, RR_TYPE_AAAA: socket.AF_INET6}


def ub_strerror(error):
    return str(error)


class Result:
    ttl = 0

    def __init__(self, qtype, addresses):
        self.qtype, self.data, self.addresses = qtype, self, addresses
        self.havedata = bool(addresses)

    def as_raw_data(self):
        return [socket.inet_pton(families[self.qtype], address) for address in self.addresses]


class ub_ctx:
    def __init__(self):
        self.asked = []

    def config(self, name):
        return 0

    def resolvconf(self, name=None):
        return 0

    def hosts(self, name=None):
        return 0

    def set_async(self, to):
        return 0

    def resolve(self, name, rrtype=RR_TYPE_A, rrclass=1):
        try:
            found = socket.getaddrinfo(name, None, families[rrtype], socket.SOCK_STREAM)
        except OSError:
            found = []
        return 0, Result(rrtype, [address[0] for *_, address in found])

    def resolve_async(self, name, mydata, callback, rrtype=RR_TYPE_A, rrclass=1):
        self.asked.append((name, mydata, callback, rrtype))
        return 0, len(self.asked)

    def process(self):
        asked, self.asked = self.asked, []
        for name, mydata, callback, rrtype in asked:
            callback(mydata, *self.resolve(name, rrtype))
        return 0
`;
