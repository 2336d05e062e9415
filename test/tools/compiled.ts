import { resolve } from "node:path";

/**
 * Where the program that the tests start keeps what Node has compiled: to take the types out of three hundred files and compile them
 * is half of its time. https://nodejs.org/api/module.html#module-compile-cache
 */
export const compiled = { NODE_COMPILE_CACHE: resolve("node_modules/.cache/overstack-compiled") };
