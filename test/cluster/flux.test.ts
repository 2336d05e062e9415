import { generateIdentity, identityToRecipient } from "age-encryption";
import { beforeAll, expect, test } from "vitest";
import { flux } from "./engines.ts";
import { golden } from "./fleet.ts";
import { stepsOf } from "./flux.ts";
import { list } from "./observe.ts";
import { comesUp, goesOn, outlives } from "./scenarios/production.ts";
import { siteOf } from "./site.ts";

/* A production cluster with everything of its own and Secrets in Git, delivered by the real Flux. */
const name = "production-flux";
const identity = await generateIdentity();
const recipient = await identityToRecipient(identity);
const text = golden(name)
  .replace(/ref: \{.*?\}/, "branch: main")
  .replace(/age1\w+/, recipient);
const site = siteOf(flux, { name, text });
beforeAll(() => {
  const key = ["secret", "generic", "fleet-age", `--from-literal=fleet.agekey=${identity}`];
  site.cluster.kubectl("--namespace", "flux-system", "create", ...key);
  site.fleet.overstack("secrets", "create", name);
});

comesUp(site);

test("the Secrets are there that were encrypted in Git", async () => {
  expect((await list(site.cluster, "secrets")).map(({ metadata }) => metadata.name)).toContain("keystone-admin");
});

test("no step began before those that it depends on were ready", async () => {
  const steps = new Map((await stepsOf(site.cluster)).map((step) => [step.name, step]));
  for (const { name: later, after, began } of steps.values())
    for (const earlier of after)
      expect(steps.get(earlier)!.readySince.localeCompare(began), `${later} after ${earlier}`).toBeLessThanOrEqual(0);
});

outlives(site);
goesOn(site);
