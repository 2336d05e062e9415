import { join } from "node:path";
import { imageFiles, labCache, pythonWith } from "../tools/lab-programs.ts";

const cache = labCache("database");

/** Files of a Debian trixie with MariaDB, Galera and HAProxy, which stand for the images. */
export const serversRoot = (): string =>
  imageFiles(join(cache, "trixie-mariadb-2"), {
    packages: ["mariadb-server", "mariadb-client", "galera-4", "haproxy", "rsync", "procps", "iproute2", "faketime"],
    folders: ["run/haproxy", "etc/overstack", "etc/ssl/internal"],
    asksForNames: true,
  });

const release = "2026.1";
const constraints = join(import.meta.dirname, "../config/constraints", `${release}.txt`);

/** A Python with oslo.db and what it uses, as the release has them. */
export const osloPython = (): Promise<string> =>
  pythonWith(join(cache, `oslo-${release}`), "--constraint", constraints, "oslo.db", "PyMySQL");
