import { z } from "zod";
import { port } from "../../contract/formats.ts";
import { amounts, fieldRef, fields, flag, oneField, resourceFieldRef, text, texts, whole } from "./kubernetes.ts";

const number = z.union([port, text]);
const exec = fields({}, { command: texts });
const httpGet = fields(
  { port: number },
  {
    host: text,
    httpHeaders: z.array(fields({ name: text, value: text })),
    path: text,
    scheme: z.enum(["HTTP", "HTTPS"]),
  },
);
const tcpSocket = fields({ port: number }, { host: text });

const probe = oneField(
  { exec, grpc: fields({ port }, { service: text }), httpGet, tcpSocket },
  {
    failureThreshold: whole,
    initialDelaySeconds: whole,
    periodSeconds: whole,
    successThreshold: whole,
    terminationGracePeriodSeconds: whole,
    timeoutSeconds: whole,
  },
);
const handler = oneField({ exec, httpGet, sleep: fields({ seconds: whole }), tcpSocket });

const keyRef = fields({ key: text, name: text }, { optional: flag });
const variable = fields(
  { name: text },
  {
    value: text,
    valueFrom: oneField({
      configMapKeyRef: keyRef,
      fieldRef,
      fileKeyRef: fields({ key: text, path: text, volumeName: text }, { optional: flag }),
      resourceFieldRef,
      secretKeyRef: keyRef,
    }),
  },
);
const variables = fields({ name: text }, { optional: flag });

const profile = fields({ type: z.enum(["RuntimeDefault", "Localhost", "Unconfined"]) }, { localhostProfile: text });
const securityContext = fields(
  {},
  {
    allowPrivilegeEscalation: flag,
    appArmorProfile: profile,
    capabilities: fields({}, { add: texts, drop: texts }),
    privileged: flag,
    procMount: z.enum(["Default", "Unmasked"]),
    readOnlyRootFilesystem: flag,
    runAsGroup: whole,
    runAsNonRoot: flag,
    runAsUser: whole,
    seLinuxOptions: fields({}, { level: text, role: text, type: text, user: text }),
    seccompProfile: profile,
    windowsOptions: fields(
      {},
      { gmsaCredentialSpec: text, gmsaCredentialSpecName: text, hostProcess: flag, runAsUserName: text },
    ),
  },
);

/** A container of a pod: https://kubernetes.io/docs/reference/kubernetes-api/workload-resources/pod-v1/#Container */
export const container = fields(
  { name: text },
  {
    image: text,
    imagePullPolicy: z.enum(["Always", "IfNotPresent", "Never"]),
    command: texts,
    args: texts,
    workingDir: text,
    ports: z.array(
      fields(
        { containerPort: port },
        { hostIP: text, hostPort: whole, name: text, protocol: z.enum(["TCP", "UDP", "SCTP"]) },
      ),
    ),
    env: z.array(variable),
    envFrom: z.array(oneField({ configMapRef: variables, secretRef: variables }, { prefix: text })),
    volumeMounts: z.array(
      fields(
        { mountPath: text, name: text },
        {
          mountPropagation: z.enum(["None", "HostToContainer", "Bidirectional"]),
          readOnly: flag,
          recursiveReadOnly: text,
          subPath: text,
          subPathExpr: text,
        },
      ),
    ),
    volumeDevices: z.array(fields({ devicePath: text, name: text })),
    resources: fields(
      {},
      { claims: z.array(fields({ name: text }, { request: text })), limits: amounts, requests: amounts },
    ),
    resizePolicy: z.array(fields({ resourceName: text, restartPolicy: text })),
    restartPolicy: text,
    restartPolicyRules: z.array(
      fields({ action: text }, { exitCodes: fields({ operator: text }, { values: z.array(whole) }) }),
    ),
    lifecycle: fields({}, { postStart: handler, preStop: handler, stopSignal: text }),
    livenessProbe: probe,
    readinessProbe: probe,
    startupProbe: probe,
    securityContext,
    stdin: flag,
    stdinOnce: flag,
    tty: flag,
    terminationMessagePath: text,
    terminationMessagePolicy: z.enum(["File", "FallbackToLogsOnError"]),
  },
);
