/** One call of the engine's API as the proxy saw it. */
export interface EngineCall {
  /** Counted from 1, in the order of arrival. */
  readonly number: number;
  readonly method: string;
  /** As it was sent, without the version in front. */
  readonly target: string;
  /** What it does to what, without ids: `POST containers/sandbox.one.0/start`. */
  readonly name: string;
  /** The name, and which of the calls of this name: the same in every run, however calls overtake each other. */
  readonly key: string;
}

/** Whether a call changes something: all but questions. */
export function isMutating({ method, name }: Pick<EngineCall, "method" | "name">): boolean {
  return method !== "GET" && method !== "HEAD" && !/^POST (exec\/[^/]+\/resize|containers\/[^/]+\/wait)/.test(name);
}

/** How names of things are found; an engine's ids mean nothing in another run. */
export interface Names {
  /** `containers`, `networks` or `exec` and what stands in the path: an id or a name. */
  readonly of: (kind: string, id: string) => Promise<string>;
  /** Taken off the front of every name: `coop.<project>.`. */
  readonly prefix: string;
}

/** The target without the API's version. */
export function withoutVersion(target: string): string {
  return target.replace(/^\/v\d+\.\d+(?=\/)/, "");
}

/** What a call does to what. `label` is the id in the body of a create call, for those that give no name. */
export async function callName(
  method: string,
  target: string,
  names: Names,
  label: string | null = null,
): Promise<string> {
  const { pathname, searchParams } = new URL(withoutVersion(target), "http://engine");
  const short = (name: string): string => (name.startsWith(names.prefix) ? name.slice(names.prefix.length) : name);
  const [, kind = "", id, ...rest] = pathname.split("/");
  if (id === "create") {
    const given = searchParams.get("name");
    return `${method} ${kind}/create ${given === null ? `(${label ?? "nameless"})` : short(given)}`;
  }
  if (id === undefined || !["containers", "networks", "exec", "volumes"].includes(kind) || id === "json")
    return `${method} ${pathname.slice(1)}`;
  const name = kind === "volumes" ? id : await names.of(kind, decodeURIComponent(id));
  const path = rest[0] === "archive" ? ` ${searchParams.get("path") ?? ""}` : "";
  return `${method} ${[kind, short(name), ...rest].join("/")}${path}`;
}
