import type { Exception } from "./kube-score.ts";

/** Critical findings that are meant. One that matches nothing any more fails the test: remove it. */
export const exceptions: readonly Exception[] = [
  {
    kind: /DaemonSet|Deployment|StatefulSet|Job|CronJob/,
    name: /.*/,
    check: "container-image-pull-policy",
    reason:
      "A registry that is away must not keep a pod from starting. What a tag means may change; digests (images.digests) hold it.",
  },
  {
    kind: /DaemonSet|Deployment|StatefulSet|Job|CronJob/,
    name: /.*/,
    check: "container-ephemeral-storage-request-and-limit",
    reason: "The root file system is read-only and each emptyDir has a size limit; nothing else can fill the node.",
  },
  {
    kind: /Deployment|StatefulSet/,
    name: /.*/,
    check: "pod-probes-identical",
    reason:
      "Both ask for the same shallow answer, which touches neither database nor broker; the liveness probe waits 150 s before it acts.",
  },
  {
    kind: /NetworkPolicy/,
    name: /(mariadb|rabbitmq)-(server|egress).*|object-store-gateway/,
    check: "networkpolicy-targets-pod",
    reason: "The pods are made by the operator from a custom resource, which kube-score does not follow.",
  },
  {
    kind: /Service/,
    name: /object-store-gateway/,
    check: "service-targets-pod",
    reason: "The same.",
  },
  {
    kind: /NetworkPolicy/,
    name: /others|acme-solvers/,
    check: "networkpolicy-targets-pod",
    reason: "These pods are made by operators at run time, or by people.",
  },
  {
    kind: /StatefulSet/,
    name: /valkey-server.*/,
    check: "container-security-context-user-group-id",
    reason:
      "999 is the user valkey of the image (https://github.com/valkey-io/valkey-container/blob/mainline/Dockerfile.template). Network policies and the Pod Security level hold whatever the number is.",
  },
  {
    kind: /StatefulSet/,
    name: /cinder-volume-(nfs|lvm)-.*/,
    check: "container-security-context-user-group-id",
    reason: "They mount, and make targets on their node, as root does; they live in the namespace of privileged pods.",
  },
  {
    kind: /StatefulSet/,
    name: /cinder-volume-(nfs|lvm)-.*/,
    check: "container-security-context-privileged",
    reason: "The same: decision 43 says for what, and that the service of Ceph needs none of it.",
  },
  {
    kind: /StatefulSet/,
    name: /cinder-volume-lvm-.*/,
    check: "pod-networkpolicy",
    reason:
      "It is on the network of its node, where no policy sees a pod; a policy that names it would promise what it does not do.",
  },
  {
    kind: /DaemonSet/,
    name: /(openvswitch|libvirt)-.*/,
    check: "pod-probes-identical",
    reason:
      "Both ask the program at its socket on the node. The liveness probe waits five minutes before it acts, since a restart interrupts the node's network, or what libvirt is at.",
  },
  {
    kind: /DaemonSet/,
    name: /metadata-agent-.*/,
    check: "pod-probes-identical",
    reason:
      "Both ask whether the agent has the Southbound database; the liveness probe waits for minutes before it acts.",
  },
  {
    kind: /DaemonSet/,
    name: /(chassis|openvswitch|libvirt|metadata-agent|nova-compute)-.*/,
    check: "container-security-context-user-group-id",
    reason:
      "Sockets, interfaces, devices and machines of a node are root's. These pods live in the namespace of privileged pods; decisions 51, 52 and 54 name each right.",
  },
  {
    kind: /DaemonSet/,
    name: /(libvirt|metadata-agent|nova-compute)-.*/,
    check: "container-security-context-privileged",
    reason:
      "They make devices, mount volumes and start machines on their node, or namespaces of networks: decisions 52 and 54.",
  },
  {
    kind: /DaemonSet/,
    name: /(chassis|libvirt|metadata-agent|nova-compute)-.*/,
    check: "pod-networkpolicy",
    reason:
      "They are on the network of their node, where no policy sees a pod; a policy that names them would promise what it does not do.",
  },
  {
    kind: /DaemonSet/,
    name: /openvswitch-switch-.*/,
    check: "container-resources",
    reason: "All packets of the node pass through it: a limit that it meets ends the network of every server there.",
  },
];
