import { pathToFileURL } from "node:url";
import { parentPort } from "node:worker_threads";
import type { Command, Outcome, Told } from "./warm-program.ts";

// What belongs to a process is set anew for each command: arguments, folder, environment, output, exit code. main.ts is evaluated
// each time; what it imports is loaded once.

const main = process.argv[2]!;
let runs = 0;

async function run({ args, cwd, env }: Command): Promise<Outcome> {
  const said = { stdout: "", stderr: "" };
  let ended: number | undefined;
  process.argv = [process.execPath, main, ...args];
  process.cwd = () => cwd;
  for (const name of Object.keys(process.env)) delete process.env[name];
  Object.assign(process.env, env);
  process.exitCode = undefined;
  for (const stream of ["stdout", "stderr"] as const)
    process[stream].write = (chunk: string | Uint8Array): boolean => {
      // Nothing is said by a process that has ended.
      if (ended === undefined) said[stream] += typeof chunk === "string" ? chunk : new TextDecoder().decode(chunk);
      return true;
    };
  process.exit = (code) => {
    ended ??= Number(code ?? process.exitCode ?? 0);
    throw new Error("the process has ended");
  };
  await import(`${pathToFileURL(main).href}?run=${runs++}`);
  for (const stream of [process.stdout, process.stderr]) stream.removeAllListeners("error");
  return { status: ended ?? Number(process.exitCode ?? 0), ...said };
}

parentPort!.on("message", async ({ command, done, port }: Told) => {
  port.postMessage(await run(command));
  Atomics.store(done, 0, 1);
  Atomics.notify(done, 0);
});
