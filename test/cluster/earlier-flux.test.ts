import { generateIdentity, identityToRecipient } from "age-encryption";
import { beforeAll, describe } from "vitest";
import { earlierFleet, recordedCommits } from "../earlier-fleets/fleet.ts";
import { flux } from "./engines.ts";
import { comesOver, writeEarlier } from "./scenarios/earlier.ts";
import { siteOf } from "./site.ts";

/* Clusters that earlier commits generated, with Secrets in Git, delivered by the real Flux and then taken to today's commit. */
const name = "north";
const identity = await generateIdentity();
const recipient = await identityToRecipient(identity);
describe.each(recordedCommits())("the fleet of %s", (commit) => {
  const earlier = earlierFleet(commit);
  const text = earlier.clusters.get(name)!.replace(/age1\w+/, recipient);
  const site = siteOf(flux, { name, text });
  beforeAll(async () => {
    const key = ["secret", "generic", "fleet-age", `--from-literal=fleet.agekey=${identity}`];
    site.cluster.kubectl("--namespace", "flux-system", "create", ...key);
    await writeEarlier(site, earlier, text);
  });
  comesOver(site, earlier);
});
