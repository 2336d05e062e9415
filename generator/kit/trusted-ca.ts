import type { IContainer } from "kubernetes-models/v1/Container";
import type { IVolume } from "kubernetes-models/v1/Volume";
import type { IVolumeMount } from "kubernetes-models/v1/VolumeMount";

/** What clients of servers outside trust, in pods of a cluster with authorities of its own: `ca.crt`, public authorities included. */
const directory = "/etc/ssl/overstack";
const own = "/etc/ssl/own";

/** The file in pods. */
export const trustedCaFile = `${directory}/ca.crt`;

/**
 * REQUESTS_CA_BUNDLE replaces the authorities that requests comes with, so they are put into the same file:
 * https://requests.readthedocs.io/en/latest/user/advanced/#ca-certificates
 * Every image of a service has them, in certifi, which requests asks for.
 */
const script = (added: readonly string[]): string => `import certifi
with open("${trustedCaFile}", "wb") as together:
    for path in (certifi.where(), ${added.map((path) => `"${path}"`).join(", ")}):
        with open(path, "rb") as authorities:
            together.write(authorities.read().rstrip() + b"\\n")
`;

interface Trust {
  readonly container: IContainer;
  readonly volumes: IVolume[];
  readonly mount: IVolumeMount;
}

/** Authorities that are added to the public ones: of a ConfigMap, and what a mount of the pod has. */
interface Authorities {
  readonly configMap?: string | undefined;
  readonly mounted?: { readonly mount: IVolumeMount; readonly file: string } | undefined;
}

/** Adds authorities to the public ones: a container that does so first, and where the program finds them. */
export const trustedCa = ({ configMap, mounted }: Authorities, image: string): Trust => ({
  container: {
    name: "trusted-ca",
    image,
    command: [
      "python3",
      "-c",
      script([...(configMap === undefined ? [] : [`${own}/ca.crt`]), ...(mounted === undefined ? [] : [mounted.file])]),
    ],
    resources: { requests: { cpu: "50m", memory: "64Mi" }, limits: { memory: "128Mi" } },
    volumeMounts: [
      { name: "trusted-ca", mountPath: directory },
      ...(configMap === undefined ? [] : [{ name: "own-ca", mountPath: own, readOnly: true }]),
      ...(mounted === undefined ? [] : [mounted.mount]),
    ],
  },
  volumes: [
    { name: "trusted-ca", emptyDir: { sizeLimit: "4Mi" } },
    ...(configMap === undefined ? [] : [{ name: "own-ca", configMap: { name: configMap } }]),
  ],
  mount: { name: "trusted-ca", mountPath: directory, readOnly: true },
});
