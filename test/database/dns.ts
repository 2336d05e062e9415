import { createSocket } from "node:dgram";

/** Answers for IPv4 addresses of names, as the DNS of a cluster does: https://datatracker.ietf.org/doc/html/rfc1035#section-4 */
export function answerNames(at: string, addressOf: (name: string) => string | undefined): Promise<{ close(): void }> {
  const socket = createSocket("udp4");
  socket.on("message", (query, { address, port }) => {
    const labels: string[] = [];
    let offset = 12;
    for (; query[offset]! > 0; offset += query[offset]! + 1)
      labels.push(query.toString("latin1", offset + 1, offset + 1 + query[offset]!));
    const end = offset + 5;
    const found = addressOf(labels.join("."));
    const isAsked = found !== undefined && query.readUInt16BE(offset + 1) === 1;
    const header = Buffer.alloc(10);
    // A response with authority; 3: there is no such name.
    header.writeUInt16BE(0x8580 | (found === undefined ? 3 : 0), 0);
    header.writeUInt16BE(1, 2);
    header.writeUInt16BE(isAsked ? 1 : 0, 4);
    const record = isAsked
      ? [Buffer.from([0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 5, 0, 4]), Buffer.from(found.split(".").map(Number))]
      : [];
    socket.send(Buffer.concat([query.subarray(0, 2), header, query.subarray(12, end), ...record]), port, address);
  });
  return new Promise((resolve) => {
    socket.bind(53, at, () => resolve(socket));
  });
}
