import { integer } from "../contract/formats.ts";
import { failingAt } from "../kit/job.ts";
import { openstack } from "../kit/openstack.ts";

/**
 * Key manager. What it keeps can be read as long as its key encryption key exists, and no longer: the Secret <instance>-kek
 * belongs into a backup. The API hands orders to the workers.
 */
export default openstack({
  name: "barbican",
  summary: "Key manager: keeps keys, passwords and certificates of projects, encrypted.",
  options: {
    // The column for it has 65,535 bytes. It lies there in base64 of base64, with 73 bytes of the encryption:
    // https://github.com/fernet/spec/blob/master/Spec.md
    maxSecretBytes: integer(1, 36_000)
      .default(20_000)
      .describe("Largest secret as it is sent, bytes: base64 is a third longer than what it carries."),
  },
  roles: {
    api: {
      // Barbican's own entry point looks for this file in /etc/barbican alone, which a ConfigMap hides.
      wsgi: { paste: "barbican-api-paste.ini" },
      endpoint: { type: "key-manager", port: 9311, description: "Key Manager" },
      publicUrl: "DEFAULT.host_href",
    },
    worker: { command: ["barbican-worker"], memory: ["128Mi", "512Mi"] },
  },
  needs: ["database", "token-cache", "rpc"],
  migrate: { expand: { "db-upgrade": ["barbican-db-manage", "upgrade"] } },
  crons: { "purge-deleted": { at: "25 1 * * *", run: ["barbican-db-manage", "clean", "--min-days", "30"] } },
  secretOptions: {
    kek: {
      option: "simple_crypto_plugin.kek",
      form: "fernet-key",
      multiple: true,
      purpose: "key that encrypts what projects store; lost keys are lost secrets",
      // https://opendev.org/openstack/barbican/src/branch/master/barbican/cmd/kek_rewrap.py
      rewrap: failingAt("Error occurred", "barbican-manage simple_crypto rewrap_pkek"),
    },
  },
  conf: (ctx) => ({
    DEFAULT: {
      // A request carries what describes the secret, too, and JSON may write a character with more bytes.
      max_allowed_request_size_in_bytes: Math.ceil(ctx.options.maxSecretBytes * 1.4) + 5000,
      max_allowed_secret_in_bytes: ctx.options.maxSecretBytes,
    },
    // Until 2026.1 Barbican turns them off, and only administrators and the role `creator` may store secrets:
    // https://opendev.org/openstack/barbican/src/branch/stable/2025.1/barbican/common/policy.py
    oslo_policy: { enforce_new_defaults: true },
    queue: { enable: true },
  }),
});
