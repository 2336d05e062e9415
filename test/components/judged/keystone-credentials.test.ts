import { execFileSync, spawnSync } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { createSecrets } from "../../../generator/secrets/create.ts";
import { nextKeyStep, rotateKeys } from "../../../generator/secrets/credential-keys.ts";
import { readSecretFiles, writeSecretFiles } from "../../../generator/secrets/store.ts";
import { decryptSecret } from "../../../generator/sops/file.ts";
import { newIdentity } from "../../../generator/sops/keys.ts";
import { reveal } from "../../../generator/sops/secret-value.ts";
import { environmentIn, releasesOf } from "../../config/installed.ts";
import { asPods, giveToPods } from "../../config/place.ts";
import { fleet } from "../../secrets/fleet.ts";

// Stores a credential for each argument, then prints all that can be decrypted; fails when one cannot.
const script = `import sys, keystone.conf
from keystone.common import driver_hints
from keystone.server import backends
keystone.conf.configure()
keystone.conf.CONF(args=["--config-file", sys.argv[1]], project="keystone")
api = backends.load_backends()["credential_api"]
for blob in sys.argv[2:]:
    api.create_credential(blob, {"id": blob, "user_id": "someone", "project_id": None, "type": "cert", "blob": blob})
print(" ".join(sorted(api.get_credential(row["id"])["blob"] for row in api.driver.list_credentials(driver_hints.Hints()))))
`;

test.for(releasesOf("keystone"))(
  "%s: Keystone reads every credential at each step of the keys' rotation",
  async (release) => {
    const { identity, recipient } = await newIdentity();
    const { root, model, read } = fleet([recipient]);
    await createSecrets(root, model(), [identity]);
    const home = mkdtempSync(join(tmpdir(), "overstack-credentials-"));
    const programs = join(environmentIn(release, "keystone"), "bin");
    const [keys, conf] = [join(home, "keys"), join(home, "keystone.conf")];
    const repositories = ["credential", "fernet_tokens", "fernet_receipts"]
      .map((group) => `[${group}]\nkey_repository = ${keys}\n`)
      .join("");
    writeFileSync(conf, `[database]\nconnection = sqlite:///${home}/keystone.db\n${repositories}`);
    writeFileSync(join(home, "credentials.py"), script);

    /** As the kubelet does: all files at once, and the pods may not write there. */
    const mount = async () => {
      rmSync(keys, { recursive: true, force: true });
      mkdirSync(keys);
      const { value } = await decryptSecret(read("identity/keystone-credential-keys.yaml"), [identity]);
      for (const [key, secret] of value!) writeFileSync(join(keys, key), reveal(secret), { mode: 0o440 });
      giveToPods(home);
      chmodSync(keys, 0o550);
    };
    const env = { HOME: home, PATH: `${programs}:${process.env.PATH}` };
    const asPod = (program: string, ...args: string[]) => {
      const [file, ...all] = [...asPods, join(programs, program), ...args];
      const { status, stdout, stderr } = spawnSync(file!, all, { env, cwd: home, encoding: "utf8" });
      expect(status, stderr).toBe(0);
      return { stdout: stdout.trim().split("\n").at(-1), stderr };
    };
    const credentials = (...more: string[]) => asPod("python3", "credentials.py", conf, ...more).stdout;
    const rotate = async (step: string) => {
      const next = nextKeyStep(root, model(), "keystone")!;
      expect(next.step).toBe(step);
      const { value } = await rotateKeys(root, model(), next, [identity]);
      writeSecretFiles(root, "eu1", new Map([[next.secret.file, value!]]), readSecretFiles(root, "eu1"));
      await mount();
    };

    try {
      await mount();
      asPod("keystone-manage", "--config-file", conf, "db_sync");
      expect(credentials("one", "two")).toBe("one two");
      for (const turn of ["first", "second"]) {
        const before = credentials();
        await rotate("add");
        const during = credentials(turn);
        expect(during!.split(" ")).toEqual([...before!.split(" "), turn].sort());
        asPod("keystone-manage", "--config-file", conf, "credential_migrate");
        await rotate("finish");
        expect(credentials()).toBe(during);
      }
    } finally {
      execFileSync("chmod", ["-R", "u+w", home]);
      rmSync(home, { recursive: true });
    }
  },
);
