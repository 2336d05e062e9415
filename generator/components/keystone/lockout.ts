import { z } from "zod";
import type { Ini } from "../../contract/configuration.ts";
import { integer } from "../../contract/formats.ts";

/**
 * Not the default: whoever knows a name can keep its owner out, and guesses at many names are not held up. Users of services and the
 * administrator are exempt, since nobody guesses passwords that are made for programs.
 */
export const lockoutSchema = z
  .strictObject({
    attempts: integer(1, 1000).default(10).describe("Wrong passwords one after the other that lock the user."),
    duration: integer(1, 604_800).default(900).describe("How long the user is locked, seconds."),
  })
  .optional()
  .describe(
    "Lock a user after wrong passwords; users of services and the administrator are exempt. Not set: nobody is locked. Whoever knows a name can lock its owner out.",
  );

export type Lockout = z.output<typeof lockoutSchema>;

/** https://docs.openstack.org/keystone/latest/admin/configuration.html#setting-an-account-lockout-threshold */
export const lockoutOptions = (lockout: Lockout): Ini =>
  lockout === undefined
    ? {}
    : {
        security_compliance: {
          lockout_duration: lockout.duration,
          lockout_failure_attempts: lockout.attempts,
        },
      };
