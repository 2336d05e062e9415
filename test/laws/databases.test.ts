import { law, type Rendered } from "./cases.ts";
import { objectsOf } from "./objects.ts";

/* glance-manage makes triggers; where it fails half-way, its second try fails for what the first has left. */
law("a service's own user may make triggers, though the binary log is on", distrustful);

function distrustful(cluster: Rendered): string[] {
  return objectsOf(cluster).flatMap(({ object: { kind, metadata, spec } }) => {
    if (kind !== "MariaDB") return [];
    const { myCnf } = spec as { myCnf: string };
    const safe = /^binlog_format = ROW$/m.test(myCnf) && /^log_bin_trust_function_creators = 1$/m.test(myCnf);
    return safe ? [] : [metadata.name];
  });
}
