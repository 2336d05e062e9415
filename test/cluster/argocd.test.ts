import { expect, test } from "vitest";
import { applicationsOf } from "./argocd.ts";
import { argocd } from "./engines.ts";
import { golden } from "./fleet.ts";
import { comesUp, goesOn, outlives } from "./scenarios/production.ts";
import { siteOf } from "./site.ts";

/* A production cluster, delivered by the real Argo CD; operators are there already. */
const name = "production-argocd";
const operators = ["mariadb-operator", "cert-manager"].map((operator) => `${operator}: existing`).join(", ");
const text = golden(name)
  .replace("services:\n", `operators: { ${operators} }\nservices:\n`)
  .replace("keystone: {}", "keystone: { notifications: true }");
const site = siteOf(argocd, { name, text });

comesUp(site);

test("no Application began before those of earlier waves were healthy", async () => {
  const instances = (await applicationsOf(site.cluster)).filter(({ fleet, wave }) => fleet && wave > 0);
  expect(new Set(instances.map(({ wave }) => wave)).size).toBeGreaterThan(3);
  for (const later of instances)
    for (const earlier of instances.filter(({ wave }) => wave < later.wave))
      expect(later.began >= earlier.healthySince, `${later.name} after ${earlier.name}`).toBe(true);
});

outlives(site);
goesOn(site);
