import { afterAll, describe, expect, test } from "vitest";
import type { KubernetesObject } from "../../generator/contract/kubernetes.ts";
import { explainSecrets } from "../../generator/explain/secrets.ts";
import { setSecret } from "../../generator/secrets/change.ts";
import { wantedSecrets } from "../../generator/secrets/wanted.ts";
import { SecretValue } from "../../generator/sops/secret-value.ts";
import { rendered as renderedIn } from "../family/clusters.ts";
import { podOf, renderingOf } from "../kit/tiny.ts";
import { emptyFolder } from "../laws/folders.ts";
import { kustomizeObjects } from "../tools/kustomize.ts";
import { catalogue } from "./in-cluster.ts";

const folder = emptyFolder();
afterAll(folder.remove);

const rendered = (more: object = {}) => renderedIn({ reader: {}, vault: {} }, more, catalogue);
const together = rendered();
const apart = rendered({ namespaces: { reader: "readers" } });
const rulesOf = (objects: Readonly<Record<string, KubernetesObject>>, name: string) => objects[`Role/${name}`]!.rules;

describe("a Secret that a Job makes in the cluster", () => {
  test("is described, and neither made by the operator nor delivered", () => {
    const rows = explainSecrets(apart.model).filter(({ name }) => name === "vault-keys");
    expect(rows.map(({ namespace, origin }) => [namespace, origin])).toEqual([
      ["openstack-services", "made in the cluster by Overstack's own Job: there is nothing to do"],
      [
        "readers",
        "copied in the cluster from vault-keys in openstack-services by Overstack's own Job: there is nothing to do",
      ],
    ]);
    expect(wantedSecrets(apart.model).map(({ name }) => name)).not.toContain("vault-keys");
    const objects = ["vault", "reader"].flatMap((name) => Object.keys(renderingOf(apart, name).objects));
    expect(objects.filter((name) => name.startsWith("Secret/"))).toEqual([]);
  });

  test("is nobody's to set", async () => {
    const sops = rendered({
      secrets: { provider: "sops", recipients: ["age1eelzzkul58ur6t3nnvlkfnedu2s9gjsxxwpcfhf9qler4mcdmq9qum9h4d"] },
    });
    const said = await setSecret(
      folder.root,
      sops.model,
      "openstack-services/vault-keys",
      "key",
      new SecretValue("x"),
      [],
    );
    expect(said).toMatchObject([{ code: "secret-of-cluster", hint: expect.stringContaining("nothing to do") }]);
  });

  test("is read by its name alone, and created by a right that has no name", () => {
    expect(rulesOf(renderingOf(together, "vault").objects, "vault-find-keys")).toEqual([
      { apiGroups: [""], resources: ["secrets"], verbs: ["create"] },
      { apiGroups: [""], resources: ["secrets"], resourceNames: ["vault-keys"], verbs: ["get", "update"] },
    ]);
  });

  test("holds back the pods that read it", () => {
    const { main } = podOf(renderingOf(together, "reader").objects["Deployment/reader-reader"]);
    expect(main.env).toContainEqual({ name: "KEY", valueFrom: { secretKeyRef: { name: "vault-keys", key: "key" } } });
  });
});

describe("its copies", () => {
  test("are not made where the reader lives in the same namespace", () => {
    const names = Object.keys(renderingOf(together, "reader").objects);
    expect(names.filter((name) => name.includes("copy-keys"))).toEqual([]);
    expect(Object.keys(renderingOf(together, "vault").objects).filter((name) => name.includes("readers"))).toEqual([]);
  });

  test("are made by a Job of the reader before its pods start, and follow by a cron", () => {
    const { objects } = renderingOf(apart, "reader");
    for (const name of ["Job/reader-copy-keys", "CronJob/reader-copy-keys"]) {
      const { main, serviceAccountName } = podOf(objects[name]);
      expect(serviceAccountName).toBe("reader-copy-keys");
      expect(main.env).toEqual(
        expect.arrayContaining([
          { name: "SECRET", value: "vault-keys" },
          { name: "FROM_NAMESPACE", value: "openstack-services" },
        ]),
      );
    }
  });

  test("are read with a right of the reader's account to this one Secret, in the maker's namespace", () => {
    const { objects } = renderingOf(apart, "vault");
    expect(rulesOf(objects, "vault-copy-keys-readers")).toEqual([
      { apiGroups: [""], resources: ["secrets"], resourceNames: ["vault-keys"], verbs: ["get"] },
    ]);
    folder.write(apart);
    const built = kustomizeObjects(`${folder.root}/overlays/lab/vault/expand`);
    expect(built.find(({ metadata: { name } }) => name === "vault-copy-keys-readers")).toMatchObject({
      metadata: { namespace: "openstack-services" },
    });
    expect(
      built.find(({ kind, metadata: { name } }) => kind === "RoleBinding" && name === "vault-copy-keys-readers"),
    ).toMatchObject({
      subjects: [{ kind: "ServiceAccount", name: "reader-copy-keys", namespace: "readers" }],
    });
    const readers = kustomizeObjects(`${folder.root}/overlays/lab/reader/expand`);
    expect(
      readers.find(({ kind, metadata: { name } }) => kind === "ServiceAccount" && name === "reader-copy-keys"),
    ).toMatchObject({
      metadata: { namespace: "readers" },
    });
  });
});
