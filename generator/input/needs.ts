import type { Component } from "../contract/component.ts";
import type { Kind } from "../contract/connection.ts";

/** The option that makes an instance need this kind when it is switched on: `notifications`; undefined when none does. */
export const switchFor = (component: Component, options: object, kind: Kind): string | undefined =>
  Object.keys(component.options.shape).find((key) => {
    const { success, data } = component.options.safeParse({ ...options, [key]: true });
    return success && component.needs?.(data).some((need) => need.kind === kind);
  });
