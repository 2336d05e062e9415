import type { Model } from "../model/model.ts";
import { writeArgo } from "./argocd.ts";
import { writeFlux } from "./flux.ts";
import type { Step } from "./graph.ts";

export { stepsOf } from "./graph.ts";

/** The files of the cluster's engine, below clusters/<cluster>. */
export const writeDelivery = (model: Model, steps: readonly Step[]): Map<string, string> =>
  model.spec.delivery.engine === "flux" ? writeFlux(model, steps) : writeArgo(model, steps);
