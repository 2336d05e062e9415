import type { Forge, Home } from "./forge.ts";

/** The client of a forge, loaded when it is asked for. `pause`: milliseconds that pass for a second between attempts. */
export async function clientOf(home: Home, token: string, pause = 1000): Promise<Forge> {
  switch (home.kind) {
    case "github":
      return (await import("./github.ts")).gitHub(home, token, pause);
    case "gitlab":
      return (await import("./gitlab.ts")).gitLab(home, token, pause);
    default:
      return (await import("./gitea.ts")).gitea(home, token, pause);
  }
}
