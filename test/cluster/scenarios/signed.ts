import { execFileSync } from "node:child_process";
import { mkdtempSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, expect, test } from "vitest";
import { installPackages } from "../../tools/debian.ts";
import { imageOf, list } from "../observe.ts";
import { until } from "../processes.ts";
import { sandbox } from "../sandbox.ts";
import type { Site } from "../site.ts";

/** A cluster that takes signed commits alone; it still does afterwards, and the fleet signs. */
export function signed(lab: Site): void {
  const { engine, file } = lab;
  const source = async () =>
    (await list(lab.cluster, "gitrepositories")).find(({ metadata }) => metadata.name === "lab");
  const image = (name: string) => `image: { placement: registry.example.org/placement:${name} }`;
  let home: string;
  beforeAll(() => installPackages({ gpg: "gpg", "gpg-agent": "gpg-agent" }));

  test("nothing of a commit that nobody has signed is applied, and Flux says so", async () => {
    home = mkdtempSync(join(sandbox, "signer-"));
    const gpg = (...args: readonly string[]) =>
      execFileSync("gpg", ["--homedir", home, "--batch", ...args], { encoding: "utf8", stdio: "pipe" });
    gpg("--passphrase", "", "--quick-generate-key", "operator@example.org", "ed25519", "sign");
    const signers = { "operator.asc": gpg("--armor", "--export", "operator@example.org") };
    const secret = { apiVersion: "v1", kind: "Secret", metadata: { name: "signers", namespace: "flux-system" } };
    lab.cluster.kubectl("apply", "--filename=-", `\n${JSON.stringify({ ...secret, stringData: signers })}`);
    const repository = 'repository: "https://git.example.org/fleet.git"';
    lab.fleet.edit(file, repository, `${repository}, verify: { secret: signers }`);
    // The last commit that is taken without a signature.
    const last = lab.push();
    await until("the source to ask for signatures", async () => (await source())?.spec?.verify !== undefined);

    lab.fleet.edit(file, "placement: {", `placement: { ${image("unsigned")},`);
    const unsigned = lab.push();
    await until("the source to refuse it", async () => {
      const said = JSON.stringify((await source())?.status);
      if (said.includes(unsigned) && /PGPError|signature/.test(said)) return true;
      throw new Error(said);
    });
    await until("all of it to be at the commit before", async () =>
      (await engine.units(lab.cluster)).every(({ applied }) => applied === last),
    );
    expect(await imageOf(lab.cluster, "placement-api")).not.toContain("unsigned");
  });

  test("a commit that one of the signers has signed is applied, with all that it stands on", async () => {
    const wrapper = join(home, "gpg.sh");
    writeFileSync(wrapper, `#!/bin/sh\nexec gpg --homedir ${home} "$@"\n`, { mode: 0o755 });
    lab.fleet.git("config", "gpg.program", wrapper);
    lab.fleet.git("config", "user.signingkey", "operator@example.org");
    lab.fleet.git("config", "commit.gpgsign", "true");
    lab.fleet.edit(file, image("unsigned"), image("signed"));
    await lab.deliver();
    expect(await imageOf(lab.cluster, "placement-api")).toBe("registry.example.org/placement:signed");
  });
}
