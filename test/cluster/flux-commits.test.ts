import { flux } from "./engines.ts";
import { labOf } from "./lab.ts";
import { badCommits } from "./scenarios/bad-commits.ts";
import { pin } from "./scenarios/pin.ts";
import { signed } from "./scenarios/signed.ts";
import { waiting } from "./scenarios/waiting.ts";

/* One history of a small cluster on the real Flux: each scenario begins where the one before it has ended. */
const lab = labOf(flux);
badCommits(lab);
waiting(lab);
signed(lab);
pin(lab);
