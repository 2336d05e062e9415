import { flux } from "./engines.ts";
import { labOf } from "./lab.ts";
import { jobs } from "./scenarios/jobs.ts";

/* Another one, for Flux takes its time: each step asks every second whether those before it are ready. */
const lab = labOf(flux);
jobs(lab);
