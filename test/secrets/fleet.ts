import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import { buildFrom } from "../../generator/fleet/one-cluster.ts";
import { formatIssue, hasErrors } from "../../generator/issues/issue.ts";
import type { Model } from "../../generator/model/model.ts";
import { secretFilesOf } from "../../generator/secrets/files.ts";

/** A fleet in a folder of its own with one cluster, eu1, whose services lie apart from its infrastructure. */
export function fleet(recipients: readonly string[], more = "") {
  const root = mkdtempSync(join(tmpdir(), "overstack-secrets-"));
  onTestFinished(() => rmSync(root, { recursive: true, force: true }));
  mkdirSync(join(root, "clusters/eu1"), { recursive: true });
  const file = join(root, "clusters/eu1/cluster.yaml");
  const write = (keys: readonly string[], text = more) => writeFileSync(file, clusterText(keys, text));
  write(recipients);
  return {
    root,
    write,
    /** What cluster.yaml and the files say now. */
    model(): Model {
      const files = secretFilesOf(root, "eu1");
      const { model, issues } = buildFrom({ name: "eu1", text: readFileSync(file), secretFiles: files });
      if (model === undefined || hasErrors(issues)) throw new Error(issues.map(formatIssue).join("\n"));
      return model;
    },
    read: (path: string) => readFileSync(join(root, "overlays/eu1/secrets", path), "utf8"),
    put: (path: string, text: string) => writeFileSync(join(root, "overlays/eu1/secrets", path), text),
    files: () =>
      new Map(
        secretFilesOf(root, "eu1").map((path) => [
          path,
          readFileSync(join(root, "overlays/eu1/secrets", path), "utf8"),
        ]),
      ),
    copy: (target: string) => cpSync(root, target, { recursive: true }),
  };
}

const clusterText = (recipients: readonly string[], more: string): string => `name: eu1
domain: eu1.example.org
delivery: { repository: "https://git.example.org/fleet.git" }
access: { tls: { issuer: { name: letsencrypt } } }
kubernetes: { version: "1.35", nodeNetworks: [192.0.2.0/24] }
secrets: { provider: sops, recipients: [${recipients.join(", ")}] }
infrastructure:
  mariadb: { backup: none }
services:
  keystone: { namespace: identity, notifications: true }
  placement: {}
  glance:
    stores: { main: { type: s3, endpoint: "https://s3.example.org", bucket: images, secret: glance-s3 } }
${more}`;
