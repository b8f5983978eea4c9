import { diagnostic } from "../../diagnostics/catalog.ts";
import type { Diagnostic } from "../../diagnostics/diagnostic.ts";
import { nearest } from "../../diagnostics/nearest.ts";
import { quotedList } from "../../diagnostics/wording.ts";
import { requestPathProblem } from "../request-path.ts";
import type { Rule } from "./rule.ts";

const METHODS = [
  "GET",
  "HEAD",
  "POST",
  "PUT",
  "PATCH",
  "DELETE",
  "OPTIONS",
  "PROPFIND",
  "PROPPATCH",
  "MKCOL",
  "COPY",
  "MOVE",
  "LOCK",
  "UNLOCK",
  "REPORT",
  "SEARCH",
] as const;

const REFUSED: Readonly<Record<string, string>> = {
  CONNECT: "Remove it: a tunnel in a tunnel is never allowed.",
  TRACE: "Remove it: it would send credentials back to the client.",
};

/** Methods are known and paths can be asked for. */
export const requests: Rule = (file, { places }) => {
  const found: Diagnostic[] = [];
  for (const { methods = [], paths = [] } of file.egress?.rules ?? []) {
    for (const [at, method] of methods.entries()) {
      if (METHODS.some((each) => each === method)) continue;
      found.push(diagnostic("UnknownMethod", { method, mend: methodMend(method) }, places.value(methods, at)));
    }
    for (const [at, path] of paths.entries()) {
      const problem = requestPathProblem(path);
      if (problem !== null) found.push(diagnostic("InvalidPath", { path, ...problem }, places.value(paths, at)));
    }
  }
  return found;
};

function methodMend(method: string): string {
  const upper = method.toUpperCase();
  if (upper === "*" || upper === "ALL" || upper === "ANY") return "Leave `methods` out to allow every method.";
  const near = nearest(upper, METHODS);
  const refused = Object.hasOwn(REFUSED, upper) ? REFUSED[upper] : undefined;
  return refused ?? (near === null ? `It is one of ${quotedList(METHODS, "or")}.` : `Write \`${near}\`.`);
}
