import type { OvnContext } from "./options.ts";

/** ConfigMap that says that the databases were founded: members without their data wait from then on. */
const recordName = ({ instance }: Pick<OvnContext, "instance">): string => `${instance}-founded`;

/** That ConfigMap in a member; it is not there before the first founding. */
export const recordVolume = (ctx: OvnContext) => ({
  volume: { name: "founded", configMap: { name: recordName(ctx), optional: true } },
  mount: { name: "founded", mountPath: "/etc/ovn", readOnly: true },
});
