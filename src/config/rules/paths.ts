import { diagnostic } from "../../diagnostics/catalog.ts";
import { namedFiles } from "../named-files.ts";
import { pathProblem } from "../repository-path.ts";
import type { PathProblem } from "../repository-path.ts";
import type { Rule } from "./rule.ts";

const WHY = {
  absolute: "is absolute",
  outside: "leads out of the repository",
  home: "lies in somebody's home",
  backslash: "has a backslash; paths are written with `/`",
  url: "is an address on the network",
} as const satisfies Record<PathProblem, string>;

/** A path of the file stays in the repository by its text. What symbolic links do is looked up when the file is loaded. */
export const paths: Rule = (file, index) =>
  namedFiles(file, index).flatMap(({ path, origin }) => {
    const problem = pathProblem(path);
    return problem === null ? [] : [diagnostic("PathLeadsOut", { path, why: WHY[problem] }, origin)];
  });
