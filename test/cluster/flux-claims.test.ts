import { flux } from "./engines.ts";
import { labOf } from "./lab.ts";
import { claims } from "./scenarios/claims.ts";
import { controllers, fixed } from "./scenarios/server.ts";

/* What `overstack diff` says of edits, seen in a small cluster on the real Flux. */
const lab = labOf(flux, (text) => `${text}infrastructure: { etcd: {} }\n`);
fixed(lab);
controllers(lab);
claims(lab);
