import { z } from "zod";

/** How servers run on a node. */
export const virtualization = z
  .enum(["kvm", "qemu"])
  .optional()
  .describe(
    "How servers run: kvm takes the processor's own means, qemu imitates a processor and is slow. Default: kvm, and in development qemu.",
  );
