import { installPackages } from "../tools/debian.ts";

/** The browser, where it is missing. */
export default (): void => installPackages({ chromium: "chromium" });
