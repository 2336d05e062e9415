import { connect } from "node:net";
import { text } from "node:stream/consumers";
import type { Command, Outcome } from "./warm-program.ts";

// What a shell starts in place of the program, so that it is run by a process that has loaded it before; see `serveWarm`.

const [, , socket, ...args] = process.argv;
const server = connect(socket!);
server.end(JSON.stringify({ args, cwd: process.cwd(), env: process.env } satisfies Command));
const { status, stdout, stderr } = JSON.parse(await text(server)) as Outcome;
process.stdout.write(stdout);
process.stderr.write(stderr);
process.exitCode = status;
