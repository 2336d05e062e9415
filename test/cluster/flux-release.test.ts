import { flux } from "./engines.ts";
import { labOf } from "./lab.ts";
import { release } from "./scenarios/release.ts";

/* A small cluster on the real Flux that is upgraded without one of its services, and then with it. */
release(labOf(flux, (text) => `${text}release: "2025.2"\n`));
