import { rendered } from "./clusters.ts";

const services = {
  tiny: { cells: { a: { agents: ["x", "y"] }, b: { own: true } } },
  "tiny-two": { cells: { a: { agents: ["x"] } }, dedicated: ["messaging"] },
};

/** Clusters with a family, by what is special about them; the laws look at them as at those of the repository. */
export const families = [
  ["a family", rendered(services)],
  ["a family, its agents elsewhere", rendered(services, { namespaces: { "tiny-agent": "agents" } })],
  [
    "a family for Argo CD",
    rendered(services, { delivery: { repository: "https://git.example.org/fleet.git", engine: "argocd" } }),
  ],
] as const;
