import {
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { isSecretFile } from "../base/layout.ts";
import { error, type Issue } from "../issues/issue.ts";
import { cannotWrite } from "../issues/system.ts";
import { changedMeanwhile } from "./file-versions.ts";
import { digest, isDigest } from "./inventory.ts";
import { folderOf, isSafePath, pendingFolder } from "./paths.ts";
import { type Found, reader } from "./reader.ts";
import { perform, type Step } from "./writer.ts";

/** A file that people write, or that cannot be made again, and its new text. */
export interface Replacement {
  /** Relative to the root: a cluster.yaml, or an encrypted Secret. */
  readonly path: string;
  readonly text: string;
  /** The text that the new one was made from; undefined where there was no file. */
  readonly before: string | undefined;
}

/**
 * Puts texts in the place of files, all of them or none; the caller holds the lock. Each file is looked at right before, and
 * left as it is when it is not the one that the text was made from. Unlike generated files these are synced to the device:
 * nothing could make them again after a loss of power. Killed in between, `finishReplacing` does the rest.
 */
export function replaceFiles(root: string, files: readonly Replacement[], step: Step = () => {}): readonly Issue[] {
  const issues = files.flatMap(({ path, before }) => obstacle(root, path, digestOf(before)));
  if (issues.length > 0 || files.length === 0) return issues;
  const staged = `${pendingFolder}.${process.pid}`;
  try {
    removeStaged(root);
    perform(step, "make folder", pendingFolder, () => mkdirSync(join(root, staged), { mode: 0o700 }));
    const list = files.map((file, index) => stage(root, staged, String(index), file, step));
    // One rename is whole or not at all; several begin with a list of them.
    if (list.length === 1) return place(root, staged, list, step);
    perform(step, "write", pendingFolder, () => writeSynced(join(root, staged, listFile), JSON.stringify(list), 0o600));
    // From here on they are all replaced, by this run or by the next one.
    perform(step, "rename", pendingFolder, () => renameSync(join(root, staged), join(root, pendingFolder)));
    sync(root);
  } catch (cause) {
    const { path = staged } = cause as NodeJS.ErrnoException;
    return [cannotWrite(path, cause, "Run the command again: what is there already stays as it is.")];
  } finally {
    rmSync(join(root, staged), { recursive: true, force: true });
  }
  return finishReplacing(root, step);
}

function stage(root: string, folder: string, file: string, { path, text, before }: Replacement, step: Step): Pending {
  const mode = before === undefined || isSecret(path) ? 0o600 : statSync(join(root, path)).mode & 0o777;
  perform(step, "write", path, () => writeSynced(join(root, folder, file), text, mode));
  return { file, path, before: digestOf(before) };
}

/** Does what a command that was killed had begun; the caller holds the lock. Nothing, where none was. */
export function finishReplacing(root: string, step: Step = () => {}): readonly Issue[] {
  removeStaged(root);
  if (reader(root).look(pendingFolder) === undefined) return [];
  const list = pendingIn(root);
  if (list === undefined) return [broken];
  const left = list.filter(({ file }) => existsSync(join(root, pendingFolder, file)));
  const issues = left.flatMap(({ path, before }) => obstacle(root, path, before));
  const intruded = issues.length > 0 ? issues : place(root, pendingFolder, left, step);
  if (intruded.length > 0) return intruded.map((issue) => ({ ...issue, hint: `${issue.hint} ${dropPending}` }));
  try {
    // By one rename, for a folder that has lost its list and nothing else would not say that all is done.
    const done = join(root, `${pendingFolder}.${process.pid}`);
    perform(step, "rename", pendingFolder, () => renameSync(join(root, pendingFolder), done));
    perform(step, "remove", pendingFolder, () => rmSync(done, { recursive: true }));
    return [];
  } catch (cause) {
    return [cannotWrite(pendingFolder, cause, goesOn)];
  }
}

/** Renames what is staged to where it belongs, each after a look at what is there; stops at the first that is another one. */
function place(root: string, folder: string, files: readonly Pending[], step: Step): readonly Issue[] {
  for (const { file, path, before } of files)
    try {
      perform(step, "make folder", folderOf(path), () => mkdirSync(join(root, dirname(path)), { recursive: true }));
      const intruded = perform(step, "rename", path, () => {
        const found = obstacle(root, path, before);
        if (found.length === 0) renameSync(join(root, folder, file), join(root, path));
        return found;
      });
      if (intruded.length > 0) return intruded;
      sync(join(root, dirname(path)));
    } catch (cause) {
      return [cannotWrite((cause as NodeJS.ErrnoException).path ?? path, cause, goesOn)];
    }
  return [];
}

/** What a run that was killed had staged before it began: it counts for nothing. */
function removeStaged(root: string): void {
  for (const name of readdirSync(root))
    if (name.startsWith(`${pendingFolder}.`)) rmSync(join(root, name), { recursive: true, force: true });
}

const goesOn = "Run the command again: it goes on where it was interrupted.";
const digestOf = (text: string | undefined): string | null => (text === undefined ? null : digest(text));

interface Pending {
  /** Name of the staged text. */
  readonly file: string;
  readonly path: string;
  /** Digest of the file that is replaced; null where there is none. */
  readonly before: string | null;
}

const listFile = "list.json";

/** The list on disk; undefined where it names anything but files of this kind. */
function pendingIn(root: string): readonly Pending[] | undefined {
  try {
    if (reader(root).look(`${pendingFolder}/${listFile}`)?.kind !== "file") return undefined;
    const list = JSON.parse(readFileSync(join(root, pendingFolder, listFile), "utf8")) as readonly Pending[];
    return list.every(isPending) ? list : undefined;
  } catch (cause) {
    if (cause instanceof SyntaxError || cause instanceof TypeError) return undefined;
    throw cause;
  }
}

const isPending = ({ file, path, before }: Pending): boolean =>
  /^[0-9]+$/.test(file) && isReplaced(path) && (before === null || isDigest(before));

const isSecret = (path: string): boolean => {
  const [, file] = /^overlays\/[a-z0-9-]+\/secrets\/(.+)$/.exec(path) ?? [];
  return file !== undefined && isSafePath(path) && isSecretFile(file);
};
const isReplaced = (path: string): boolean => isSecret(path) || /^clusters\/[a-z0-9-]+\/cluster\.yaml$/.test(path);

/** Why the file must be left alone: it is another one than it was, or lies behind a link. */
function obstacle(root: string, path: string, before: string | null): Issue[] {
  const found: Found | undefined = reader(root).look(path);
  if (found?.kind === "blocked") return [found.issue];
  const same = before === null ? found === undefined : found?.kind === "file" && found.digest === before;
  return same ? [] : [changedMeanwhile(path, "It was left as it is now. Look at it, then run the command again.")];
}

function writeSynced(file: string, text: string, mode: number): void {
  writeFileSync(file, text, { flag: "wx", mode });
  sync(file);
}

function sync(path: string): void {
  const opened = openSync(path, "r");
  try {
    fsyncSync(opened);
  } finally {
    closeSync(opened);
  }
}

const dropPending = `What a command that was interrupted had meant to write lies in ${pendingFolder}: delete that folder to drop it.`;

const broken: Issue = error(
  "broken-journal",
  `${pendingFolder} is not what an interrupted command leaves behind`,
  `Delete it, then run the command again.`,
  { file: pendingFolder },
);
