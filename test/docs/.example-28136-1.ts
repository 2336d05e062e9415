import type { Family } from "../laws/samples.ts";

export default {
  example: {
    example: {
      example: { size: 20, dedicated: ["messaging"], replicas: { api: 2, engine: 4 } },
    },
    judged: {
      packages: {
        "2025.1": ["example==1.0.0"],
        "2025.2": ["example==2.0.0"],
        "2026.1": ["example==3.0.0"],
        "2026.2": ["example==4.0.0"],
      },
      namespaces: ["example.conf", "keystonemiddleware.auth_token", "oslo.db", "oslo.log", "oslo.messaging"],
    },
  },
} satisfies Family;
