import { createServer, type Server } from "node:net";
import { join, resolve } from "node:path";
import { text } from "node:stream/consumers";
import { MessageChannel, type MessagePort, receiveMessageOnPort, Worker } from "node:worker_threads";

// The program in a thread that has loaded it before. A process of its own takes half a second of a processor to load three hundred
// files, again for each of the commands that the tests run.

/** A command, as a shell would start it. */
export interface Command {
  readonly args: readonly string[];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** What came of it. */
export interface Outcome {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** What the thread is told: where it says that it is done, and where it puts the outcome. */
export interface Told {
  readonly command: Command;
  readonly done: Int32Array;
  readonly port: MessagePort;
}

/** Against hanging, milliseconds. */
const longest = 600_000;
let thread: Worker | undefined;

/** Runs the program's main.ts, and waits for its end. */
export function runWarm(command: Command): Outcome {
  thread ??= start();
  const { port1, port2 } = new MessageChannel();
  const done = new Int32Array(new SharedArrayBuffer(4));
  thread.postMessage({ command, done, port: port2 } satisfies Told, [port2]);
  if (Atomics.wait(done, 0, 0, longest) === "timed-out") throw new Error(`${command.args.join(" ")} does not end`);
  const { message } = receiveMessageOnPort(port1) as { message: Outcome };
  port1.close();
  return message;
}

/** Runs what `warm-client.ts` is called with, by whatever shell, until the server is closed. Standard input does not reach it. */
export function serveWarm(socket: string): Server {
  return createServer({ allowHalfOpen: true }, async (client) =>
    client.end(JSON.stringify(runWarm(JSON.parse(await text(client)) as Command))),
  ).listen(socket);
}

function start(): Worker {
  const worker = new Worker(join(import.meta.dirname, "warm-thread.ts"), { argv: [resolve("generator/cli/main.ts")] });
  worker.unref();
  return worker;
}
