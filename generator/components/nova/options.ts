import { z } from "zod";

/** How servers run on a node. */
export const virtualization = z
  .enum(["kvm", "qemu"])
  .optional()
  .describe(
    "How servers run: kvm takes the processor's own means, qemu imitates a processor and is slow. Default: kvm, and in development qemu.",
  );

/** Whether people see the displays of servers. */
export const consoles = z
  .boolean()
  .default(true)
  .describe("Consoles in the browser (openstack console url show), by proxies for each cell that has compute hosts.");
