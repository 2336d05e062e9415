import { existsSync, renameSync } from "node:fs";
import { join } from "node:path";
import type { Release } from "../../generator/contract/release.ts";
import { uv } from "../config/environment.ts";
import { labCache, makeImage } from "../tools/lab-programs.ts";

export const release: Release = "2026.1";
const constraints = join(import.meta.dirname, "../config/constraints", `${release}.txt`);

/** Files of a Debian trixie with RabbitMQ, and with oslo.messaging as the release has it, which stand for the images. Made once. */
export async function serversRoot(): Promise<string> {
  const root = join(labCache("messaging"), `trixie-rabbitmq-${release}-1`);
  if (existsSync(root)) return root;
  const made = `${root}.new`;
  makeImage(made, {
    packages: ["rabbitmq-server", "python3", "procps", "iproute2"],
    folders: ["etc/rabbitmq", "var/lib/rabbitmq", "etc/ssl/internal", "programs"],
    asksForNames: true,
  });
  const { code, stderr } = await uv(
    ...["pip", "install", "--quiet", "--target", join(made, "usr/lib/python3/dist-packages")],
    ...["--python-version", "3.13", "--constraint", constraints, "oslo.messaging"],
  );
  if (code !== 0) throw new Error(stderr);
  renameSync(made, root);
  return root;
}
