import { catalogue } from "../../generator/components/index.ts";
import { baseLibrary } from "../../generator/render/cluster.ts";

/** The bases of the built-in components, made once for all tests of a worker. */
export const library = baseLibrary(catalogue);
