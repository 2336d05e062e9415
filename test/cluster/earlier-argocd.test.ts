import { beforeAll, describe } from "vitest";
import { earlierFleet, recordedCommits } from "../earlier-fleets/fleet.ts";
import { argocd } from "./engines.ts";
import { comesOver, writeEarlier } from "./scenarios/earlier.ts";
import { siteOf } from "./site.ts";

/* Clusters that earlier commits generated, delivered by the real Argo CD and then taken to today's commit. */
const name = "south";
describe.each(recordedCommits())("the fleet of %s", (commit) => {
  const earlier = earlierFleet(commit);
  const text = earlier.clusters.get(name)!;
  const site = siteOf(argocd, { name, text });
  beforeAll(() => writeEarlier(site, earlier, text));
  comesOver(site, earlier);
});
