import { secretScript } from "../../kit/secret-script.ts";

/**
 * Sets up or rotates the Fernet keys that live in Secret $SECRET. Runs in Keystone's own image. `setup` leaves a Secret that has
 * keys alone; `rotate` replaces the whole Secret at once.
 */
export const fernetScript = secretScript({
  variables: `repository = os.environ["OS_FERNET_TOKENS__KEY_REPOSITORY"]
`,
  body: `setup = os.environ["ACTION"] == "setup"
if setup and keys:
    print("the Secret has keys; nothing to do")
    raise SystemExit(0)
if not setup and not keys:
    raise SystemExit("the Secret has no keys to rotate: restore it from a backup, or let the fernet-setup Job run again")

os.makedirs(repository, mode=0o700, exist_ok=True)
for key, value in keys.items():
    with open(os.path.join(repository, key), "wb") as file:
        os.fchmod(file.fileno(), 0o600)
        file.write(base64.b64decode(value))
subprocess.run(["keystone-manage", "fernet_setup" if setup else "fernet_rotate"], check=True)

data = {}
for key in os.listdir(repository):
    with open(os.path.join(repository, key), "rb") as file:
        data[key] = base64.b64encode(file.read()).decode()
if not data:
    raise SystemExit("keystone-manage left no keys behind")
`,
});
