/** How Renovate calls the files that jobs of a forge are in, and what it reads there. https://docs.renovatebot.com/modules/manager/ */
const managers = {
  npm: "Overstack itself",
  "helm-values": "images and operators",
  "github-actions": "actions and images of jobs, at GitHub and Forgejo",
  gitlabci: "images of jobs, at GitLab",
} as const;

/** What Renovate is told. `folder` is where the fleet lies in the repository. */
export function renovateConfiguration(folder: string): string {
  const below = (path: string): string => (folder === "." ? path : `${folder}/${path}`);
  const place = folder === "." ? "" : ` -C ${folder}`;
  const prefix = folder === "." ? "" : `--prefix ${folder} `;
  const configuration = {
    $schema: "https://docs.renovatebot.com/renovate-schema.json",
    extends: ["config:recommended"],
    enabledManagers: Object.keys(managers),
    // Versions are read where people write them, and never in what is generated.
    includePaths: [
      ...["package.json", "package-lock.json", "clusters/*/versions.yaml"].map(below),
      ...[".github/workflows/*", ".forgejo/workflows/*", ".gitlab-ci.yml"],
    ],
    ignorePaths: [],
    "helm-values": { managerFilePatterns: [below("clusters/*/versions.yaml")] },
    packageRules: [
      {
        description: "Each operator of all clusters is one pull request.",
        matchManagers: ["helm-values"],
        groupName: "{{depName}}",
      },
      {
        description:
          "The tag of an image of OpenStack names its release, which cluster.yaml decides; Renovate renews the digest.",
        matchManagers: ["helm-values"],
        matchPackageNames: ["quay.io/airshipit/**"],
        matchUpdateTypes: ["major", "minor", "patch"],
        enabled: false,
      },
    ],
    // Where Renovate runs by itself, and its administrator lets it run these: docs/versions.md.
    postUpgradeTasks: {
      commands: [`npm ${prefix}ci --ignore-scripts`, `npx ${prefix}overstack${place} generate`],
      fileFilters: ["bases/**", "overlays/**", "clusters/**"].map(below),
      executionMode: "branch",
    },
  };
  return `${JSON.stringify(configuration, null, 2)}\n`;
}
