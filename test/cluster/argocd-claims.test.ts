import { argocd } from "./engines.ts";
import { labOf } from "./lab.ts";
import { claims } from "./scenarios/claims.ts";

/* What `overstack diff` says of edits, seen in a small cluster on the real Argo CD. */
const lab = labOf(argocd, (text) => `${text}infrastructure: { etcd: {} }\n`);
claims(lab);
