import { prepare } from "../cluster/sandbox.ts";

/** Before all tests: names and certificates of the run. */
export default prepare;
