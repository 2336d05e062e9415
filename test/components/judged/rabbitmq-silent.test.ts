import { execFileSync } from "node:child_process";
import { chmodSync, mkdtempSync, rmSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { smallCluster } from "../../config/clusters.ts";
import { startInfrastructure } from "../../config/infrastructure.ts";

/** Milliseconds of TCP_USER_TIMEOUT at the server's end of each connection to a port: copies of another process's sockets tell. */
const userTimeouts = `
import ctypes, os, re, socket, sys
port = int(sys.argv[1])
libc = ctypes.CDLL(None, use_errno=True)
for pid in filter(str.isdigit, os.listdir("/proc")):
    try:
        if "beam" not in open(f"/proc/{pid}/comm").read(): continue
        handle = os.pidfd_open(int(pid))
        for fd in os.listdir(f"/proc/{pid}/fd"):
            if not re.match("socket:", os.readlink(f"/proc/{pid}/fd/{fd}")): continue
            copy = libc.syscall(438, handle, int(fd), 0)
            if copy < 0: continue
            with socket.socket(fileno=copy) as s:
                try: peer, local = s.getpeername(), s.getsockname()
                except OSError: continue
                if isinstance(local, tuple) and local[1] == port: print(s.getsockopt(socket.IPPROTO_TCP, 18))
    except (FileNotFoundError, ProcessLookupError): pass
`;

test("a connection that the broker has accepted ends when 12 s are not acknowledged", async ({ onTestFinished }) => {
  const home = mkdtempSync(join(tmpdir(), "overstack-silent-"));
  onTestFinished(() => rmSync(home, { recursive: true, maxRetries: 5 }));
  chmodSync(home, 0o755);
  const inside = smallCluster(["heat"], "2026.1");
  const broker = await startInfrastructure(home, { ...inside, providers: new Map([["mq", "messaging"]]) });
  onTestFinished(broker.stop);
  const port = broker.ports.get("messaging")!;
  const client = connect(port, "127.0.0.1");
  onTestFinished(() => void client.destroy());
  await new Promise((resolve) => client.once("connect", resolve));
  // The header of AMQP 0-9-1: the broker answers, so the connection is its own by then.
  client.write(Buffer.from("AMQP\x00\x00\x09\x01", "latin1"));
  await new Promise((resolve) => client.once("data", resolve));

  const seen = execFileSync("python3", ["-c", userTimeouts, String(port)], { encoding: "utf8" });
  expect(seen.trim().split("\n")).toEqual(["12000"]);
});
