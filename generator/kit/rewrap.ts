import type { Context } from "../contract/context.ts";
import type { Placed } from "../contract/kubernetes.ts";
import { rewrappedOptions, type SecretOption } from "../contract/secret.ts";
import { job } from "./job.ts";
import { optionFiles } from "./option-secrets.ts";
import type { ServiceJob } from "./service-header.ts";

const jobName = (key: string): string => `${key}-rewrap`;

/** Jobs that encrypt again what is stored, as the header names them. */
export const rewrappingJobs = <O>(
  options: Readonly<Record<string, SecretOption>> | undefined,
): Record<string, ServiceJob<O>> =>
  Object.fromEntries(rewrappedOptions(options).map((key) => [jobName(key), { phase: "contract" }]));

/**
 * While an old value is on its way out: the Job that encrypts with the new one what is stored. It comes when all pods encrypt with
 * that: it belongs to the phase contract, which waits for the old pods.
 */
export const rewrapping = (ctx: Context): Placed[] =>
  rewrappedOptions(ctx.secretOptions)
    .filter((key) => ctx.secretOptions[key]!.accounts.some(({ leaving }) => leaving))
    .map((key) =>
      job(ctx, jobName(key), {
        phase: "contract",
        steps: [{ name: jobName(key), command: ctx.secretOptions[key]!.rewrap! }],
        volumes: [{ name: "conf-d", projected: { sources: optionFiles(ctx, [key]) } }],
        mounts: [{ name: "conf-d", mountPath: `/etc/${ctx.project}/${ctx.project}.conf.d`, readOnly: true }],
      }),
    );
