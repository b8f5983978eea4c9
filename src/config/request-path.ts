/** What is wrong with a rule's path, and the edit. */
export interface RequestPathProblem {
  readonly why: string;
  readonly mend: string;
}

/** Why a rule's path can match nothing: the gateway refuses such requests before it matches. Null where it can. */
export function requestPathProblem(path: string): RequestPathProblem | null {
  if (!path.startsWith("/")) return { why: "a path begins with `/`", mend: pathMend(path) };
  if (/[?#]/u.test(path))
    return { why: "a query or fragment is no part of it", mend: "Move what is behind the `?` to `query`." };
  if (/[^\u0021-\u007e]/u.test(path)) {
    return {
      why: "a path has no blanks and no characters beyond ASCII",
      mend: `Write \`${encodeURI(path.toWellFormed()).slice(0, 100)}\`.`,
    };
  }
  if (/[\\;]/u.test(path))
    return { why: "backslashes and `;` are read differently by different servers", mend: "Remove them." };
  if (path.includes("//"))
    return { why: "it has an empty segment", mend: `Write \`${path.replaceAll(/\/{2,}/gu, "/").slice(0, 100)}\`.` };
  if (/%(?:25)*(?:2e|2f|5c|3b|00)/iu.test(path))
    return { why: "it hides a separator, a dot or NUL in an escape", mend: "Write the plain characters." };
  if (/%(?![0-9a-f]{2})/iu.test(path))
    return { why: "a `%` begins an escape of two hex digits", mend: "Write `%25` for the character itself." };
  const segments = path.split("/");
  if (segments.some((segment) => segment === "." || segment === ".."))
    return { why: "it has a dot segment", mend: "Write the path that is meant." };
  if (segments.some((segment) => segment.includes("**") && segment !== "**")) {
    return { why: "`**` stands for whole segments", mend: "Write `*` within a segment, or `/**/` between segments." };
  }
  return null;
}

function pathMend(path: string): string {
  const after = /^[a-z][a-z0-9+.-]*:\/\/[^/]*(\/.*)?$/iu.exec(path);
  return `Write \`${(after === null ? `/${path}` : (after[1] ?? "/**")).slice(0, 100)}\`.`;
}
