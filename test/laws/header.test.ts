import { globSync, readFileSync } from "node:fs";
import { relative, resolve } from "node:path";
import {
  type InterfaceDeclaration,
  isInterfaceDeclaration,
  isMethodDeclaration,
  isPropertyAssignment,
  isPropertySignatureDeclaration,
  isShorthandPropertyAssignment,
  type Node,
} from "typescript/unstable/ast";
import { API } from "typescript/unstable/sync";
import { afterAll, describe, expect, test } from "vitest";

// A key that nobody reads protects nothing, silently; a key that nobody writes is a promise that nobody has tried. The
// compiler knows who refers to a property, whatever variables and other properties are called like it.

/** Where the types are by which a component says what it is. */
const headers = ["contract/component.ts", "contract/connection.ts", "contract/secret.ts", "kit/service-header.ts"];
/** Types of these files that a component is given, or that it answers as a whole: `Provided` becomes part of a Connection. */
const others = ["Account", "CheckInput", "Connection", "Identity", "Provided", "ProviderView"];

const api = new API({ cwd: resolve(".") });
afterAll(() => api.close());
const [project] = api.updateSnapshot({ openProjects: [resolve("tsconfig.json")] }).getProjects();

/** One place that refers to a key: in a literal, which gives it a value, or elsewhere, where it is read. */
interface Use {
  readonly file: string;
  readonly writes: boolean;
}
const keys = headers.flatMap((file) => typesOf(file).flatMap((type) => keysOf(type)));

describe("what a component says", () => {
  test.each(keys)("%s is read outside components", (_, uses) => {
    expect(uses.filter(({ file, writes }) => /^generator\/(?!components\/)/.test(file) && !writes)).not.toEqual([]);
  });

  // What follows from connections is said by what derives it.
  test.each(keys)("%s is said by a component, in the catalogue or in a test", (name, uses) => {
    const written = uses.some(
      ({ file, writes }) => /^(generator\/(components|kit|connections|render)|test)\//.test(file) && writes,
    );
    expect(written || isSpread(name.split(".")[1]!), `nobody says ${name}`).toBe(true);
  });
});

const sources = globSync(["generator/{components,kit,connections,render}/**/*.ts", "test/contract/*.ts"]).map((file) =>
  readFileSync(file, "utf8"),
);
/** True of a key in a literal that becomes part of another one, which hides its type from the compiler. */
const isSpread = (key: string): boolean =>
  sources.some((text) => new RegExp(`(^|[{,(\\s])${key}: |[{,]\\s*${key}(,|\\s*})`, "m").test(text));

function typesOf(file: string): InterfaceDeclaration[] {
  const source = project!.program.getSourceFile(resolve("generator", file))!;
  return source.statements.filter(isInterfaceDeclaration).filter(({ name }) => !others.includes(name.text));
}

/** The keys of a type, as `Role.replicas`, with the places that refer to them. */
function keysOf(type: InterfaceDeclaration): [name: string, uses: Use[]][] {
  return type.members
    .filter(isPropertySignatureDeclaration)
    .map(({ name: key }) => [`${type.name.text}.${key.getText()}`, usesOf(key)]);
}

function usesOf(key: Node): Use[] {
  return project!.checker
    .getReferencedSymbolsForNode(key, key.getStart())
    .flatMap(({ references }) => references)
    .map((reference) => {
      const parent = reference.resolve()!.parent;
      const writes =
        isPropertyAssignment(parent) || isShorthandPropertyAssignment(parent) || isMethodDeclaration(parent);
      return { file: relative(resolve("."), reference.path), writes };
    });
}
