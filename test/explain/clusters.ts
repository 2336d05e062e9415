import { catalogue } from "../../generator/components/index.ts";
import { type Explanation, explainPath, renderExplanation } from "../../generator/explain/explain.ts";
import { buildFrom, type Cluster } from "../../generator/fleet/one-cluster.ts";
import { library } from "../laws/library.ts";

/** A production cluster that says something about everything that these tests ask. */
export const production = cluster(`name: eu1
domain: eu1.example.org
delivery: { repository: "https://git.example.org/fleet.git" }
access: { tls: { secret: public } }
kubernetes: { version: "1.35", storageClass: fast }
images: { registry: mirror.example.org/cloud }
infrastructure:
  mariadb: { backup: none, replicas: 5 }
  mariadb-keystone: { backup: none }
services:
  keystone:
    dedicated: [database]
    notifications: true
  glance:
    replicas: { api: 7 }
    uses: { database: mariadb }
    stores:
      ceph: { type: rbd, monitors: ["10.0.0.1"], secret: glance-ceph }
    config:
      glance-api.conf: { DEFAULT: { image_size_cap: 5 } }
      my.policy.conf: { a: { b: c } }
  placement:
    autoscaling: { api: { minReplicas: 4, maxReplicas: 8 } }
    uses: { cache: { hosts: [cache.example.org], tls: none } }
    environmentFrom: { OS_X__Y: { secret: extra, key: word } }
`);

/** The smallest cluster. */
export const development = cluster(`name: lab
profile: development
domain: lab.example.org
delivery: { repository: "https://git.example.org/fleet.git" }
services: { glance: {} }
`);

/** A cluster from the text of its file. */
export function cluster(text: string): Cluster {
  const name = /^name: (\S+)/.exec(text)![1]!;
  return buildFrom({ name, text, library });
}

/** What is said about a path; throws where nothing is. */
export function explained(path: string, about?: Cluster): Explanation {
  const { value, issues } = explainPath(path, catalogue, about);
  if (value === undefined) throw new Error(issues.map(({ message, hint }) => `${message}: ${hint}`).join("\n"));
  return value;
}

/** The same as a terminal shows it. */
export const shown = (path: string, about?: Cluster): string => renderExplanation(explained(path, about));

/** The sentence of one entry of a list that a cluster's explanation has. */
export function detail({ details }: Explanation, title: string, entry: string): string | undefined {
  return details.find((item) => item.title === title)?.entries.find(({ name }) => name === entry)?.text;
}
