import { expect, test } from "vitest";
import type { ClusterDiff } from "../../generator/diff/cluster-diff.ts";
import { diffMarkdown } from "../../generator/diff/markdown.ts";

/* What is said of a change in the comment of a pull request. */

const change = (name: string, value = "7200"): ClusterDiff => ({
  name,
  verb: "change",
  impact: [],
  roll: { steps: [], least: 0 },
  changes: [
    {
      of: "keystone",
      id: "Deployment openstack-services/keystone-api",
      verb: "change",
      fields: [],
      pods: { what: "replaced", replicas: 3, because: ["ConfigMap keystone-conf-d"] },
    },
    {
      of: "keystone",
      id: "ConfigMap openstack-services/keystone-conf-d",
      verb: "change",
      fields: [{ path: "50-instance.conf [token] expiration", after: value }],
    },
  ],
  images: [],
});

test("what happens to pods comes first, and each object is folded", () => {
  expect(diffMarkdown([change("eu1"), change("eu2")])).toBe(`### eu1, eu2

**2 objects change; 1 workload replaces its pods**

- \`Deployment openstack-services/keystone-api\`: its 3 pods are replaced: ConfigMap keystone-conf-d

<details>
<summary>Each object</summary>

\`\`\`text
  2 objects change; 1 workload replaces its pods
  keystone
    ~ Deployment openstack-services/keystone-api: its 3 pods are replaced: ConfigMap keystone-conf-d
    ~ ConfigMap openstack-services/keystone-conf-d
        50-instance.conf [token] expiration: + 7200
\`\`\`

</details>
`);
});

test("images are a table", () => {
  const images = [{ before: "quay.io/a/glance:1", after: "quay.io/a/glance:2", of: ["glance", "glance-two"] }];
  expect(diffMarkdown([{ ...change("eu1"), images }])).toContain(
    "| image | becomes | of |\n|---|---|---|\n| `quay.io/a/glance:1` | `quay.io/a/glance:2` | glance, glance-two |\n",
  );
});

test("what an operator wrote does not end the folded part", () => {
  const text = diffMarkdown([change("eu1", "```\n</details>")]);
  expect(text).toContain("\n````text\n");
  expect(text.match(/^````$/gm)).toHaveLength(1);
});

test.each([30, 400, 4000])(
  "it fits a comment, the beginning of all before the whole of some: %i clusters",
  (number) => {
    const clusters = Array.from({ length: number }, (_, index) => change(`eu${index}`, `${index} ${"x".repeat(4000)}`));
    const text = diffMarkdown(clusters);
    expect(text.length).toBeLessThanOrEqual(65_536);
    expect(text).toContain("### eu0\n");
    if (number === 30) expect(text).toContain("### eu29\n");
    if (number > 200)
      expect(text.endsWith("The rest is too long for a comment: `overstack diff` shows it.\n")).toBe(true);
  },
);
