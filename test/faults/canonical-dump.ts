import { extract } from "tar-stream";
import { engine, engineBytes, engineList, engineMaybe } from "../support/raw-engine.ts";
import type { Json } from "../support/raw-engine.ts";

/** Everything of a project by kind and name, as the engine reports it, without what differs from run to run. */
export type Dump = Readonly<Record<string, unknown>>;

/**
 * Reads all that carries a project's label or has a name of the project, and the rules that its gateway holds. Nothing
 * of coop's is used: what is compared is what the engine says.
 */
export async function canonicalDump(project: string): Promise<Dump> {
  const belongs = (name: string, labels: Json | null): boolean =>
    labels?.["coop.dev/project"] === project || name.startsWith(`coop.${project}.`);
  const listed = (await engineList("/containers/json?all=1")).filter((each) =>
    belongs(String(each["Names"]?.[0]).slice(1), each["Labels"]),
  );
  const names = new Map(listed.map((each) => [String(each["Id"]), String(each["Names"]?.[0]).slice(1)]));
  const reports = await Promise.all(listed.map((each) => engineMaybe("GET", `/containers/${each["Id"]}/json`)));
  const dump: Record<string, unknown> = {};
  for (const report of reports) {
    if (report === null) continue;
    const { Name, Id } = report;
    const key = `container ${String(Name).slice(1)}`;
    dump[dump[key] === undefined ? key : `${key} ${Id}`] = container(report, names);
  }
  for (const { Name, Labels, Driver, Options } of (await engine("GET", "/volumes"))["Volumes"] ?? [])
    if (belongs(Name, Labels)) dump[`volume ${Name}`] = { Labels, Driver, Options };
  for (const { Name, Id, Labels, Driver, Options, Internal, EnableIPv6, Attachable } of await engineList("/networks"))
    if (belongs(Name, Labels)) {
      const key = dump[`network ${Name}`] === undefined ? `network ${Name}` : `network ${Name} ${Id}`;
      dump[key] = { Labels, Driver, Options, Internal, EnableIPv6, Attachable };
    }
  dump["rules"] = await rulesOf(`coop.${project}.gateway`);
  return dump;
}

function container(report: Json, names: ReadonlyMap<string, string>): Json {
  const { Config, HostConfig, State, Image, Path, Args, Mounts, NetworkSettings, RestartCount } = report;
  // The engine makes both from the id.
  const { Hostname: _hostname, Domainname: _domainname, ...config } = Config;
  const byName = (id: string): string => names.get(id) ?? "(gone)";
  const mode = String(HostConfig.NetworkMode).replace(/^container:(.+)$/, (_, id: string) => `container:${byName(id)}`);
  const { Status, Paused, Restarting, OOMKilled, Dead, ExitCode, Error: error } = State;
  return {
    Config: config,
    HostConfig: { ...HostConfig, NetworkMode: mode },
    State: { Status, Paused, Restarting, OOMKilled, Dead, ExitCode, error },
    Image,
    Path,
    Args,
    RestartCount,
    Mounts: Mounts.map(mount).toSorted((a: Json, b: Json) => (a["Destination"] < b["Destination"] ? -1 : 1)),
    Networks: Object.keys(NetworkSettings.Networks ?? {}).toSorted(),
    Ports: NetworkSettings.Ports,
  };
}

// A volume that an image declares and nobody names gets a random name from the engine.
function mount(each: Json): Json {
  return isNameless(each) ? { ...each, Name: "(nameless)", Source: "(nameless)" } : each;
}

/** Whether a mount of a report is of a volume that the engine made and named by itself. */
export function isNameless({ Type, Name }: Json): boolean {
  return Type === "volume" && /^[0-9a-f]{64}$/.test(Name);
}

async function rulesOf(gateway: string): Promise<unknown> {
  const text = await fileIn(gateway, "/etc/coop/policy/policy.json");
  return text === null ? null : JSON.parse(text);
}

/** The text of one file of a container, running or not; null where there is none. */
export async function fileIn(name: string, path: string): Promise<string | null> {
  const bytes = await engineBytes(`/containers/${name}/archive?path=${encodeURIComponent(path)}`);
  if (bytes === null) return null;
  const archive = extract();
  archive.end(bytes);
  for await (const entry of archive) {
    const parts: Buffer[] = [];
    for await (const part of entry) parts.push(part as Buffer); // a tar's entry gives buffers
    if (entry.header.type === "file") return Buffer.concat(parts).toString("utf8");
  }
  return null;
}

/** What differs, one line each, empty when both are the same. */
export function differences(wanted: unknown, found: unknown, at = ""): readonly string[] {
  if (JSON.stringify(wanted) === JSON.stringify(found)) return [];
  if (!isRecord(wanted) || !isRecord(found)) return [`${at}: ${brief(wanted)} → ${brief(found)}`];
  return [...new Set([...Object.keys(wanted), ...Object.keys(found)])]
    .toSorted()
    .flatMap((key) =>
      key in wanted && key in found
        ? differences(wanted[key], found[key], `${at}/${key}`)
        : [`${at}/${key}: ${key in wanted ? "missing" : "too many"}`],
    );
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function brief(value: unknown): string {
  return (JSON.stringify(value) ?? "nothing").slice(0, 200);
}
