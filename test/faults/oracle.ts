import { engine, engineList, engineMaybe, filtersOf, putArchive, runIn } from "../support/raw-engine.ts";
import type { Json } from "../support/raw-engine.ts";
import { canonicalDump, differences, fileIn } from "./canonical-dump.ts";
import type { Dump } from "./canonical-dump.ts";
import { pack } from "tar-stream";
import { buffer } from "node:stream/consumers";

/** Files with data, by container: they must be there after everything that coop does without consent. */
const MARKS = [
  ["sandbox.bot.0", "/notes", "mark"],
  ["sandbox.web.0", "/work", "mark"],
  ["service.db", "/var/lib/postgresql/data", "mark"],
] as const;

/** Writes something into every volume that holds data. */
export async function markData(project: string, text: string): Promise<void> {
  for (const [path, folder, name] of MARKS) {
    const archive = pack();
    archive.entry({ name, mode: 0o644 }, text);
    archive.finalize();
    await putArchive(`coop.${project}.${path}`, folder, await buffer(archive));
  }
}

/** What became of the data: a line for each file that is not as it was written. */
export async function lostData(project: string, text: string): Promise<readonly string[]> {
  const found = await Promise.all(
    MARKS.map(([path, folder, name]) => fileIn(`coop.${project}.${path}`, `${folder}/${name}`)),
  );
  return MARKS.flatMap(([path], index) => (found[index] === text ? [] : [`the data of ${path} is gone`]));
}

/** Objects of somebody else's that are close to a project's: copied labels, clashing names, a bystander. */
export interface Strangers {
  /** What has become of them: a line for each that is not what it was, to the last byte. */
  readonly touched: () => Promise<readonly string[]>;
  readonly remove: () => Promise<void>;
}

export async function strangers(project: string, image: string): Promise<Strangers> {
  const labels = { "coop.dev/project": project, "coop.dev/id": "container:sandbox.bot.0", "coop.dev/scheme": "1" };
  const name = `${project}-stranger`;
  await engine("POST", "/volumes/create", { Name: name, Labels: { ...labels, "coop.dev/id": "volume:volume.notes" } });
  await engine("POST", "/networks/create", {
    Name: name,
    Internal: true,
    Labels: { ...labels, "coop.dev/id": "network:gateway" },
  });
  await engine("POST", `/containers/create?name=${name}`, {
    Image: image,
    Entrypoint: ["sleep", "infinity"],
    Labels: labels,
    HostConfig: { NetworkMode: "none" },
  });
  await engine("POST", `/containers/create?name=${name}-bystander`, {
    Image: image,
    Entrypoint: ["sleep", "infinity"],
    HostConfig: { NetworkMode: "none" },
  });
  for (const each of [name, `${name}-bystander`]) await engine("POST", `/containers/${each}/start`);
  const paths = [
    `/containers/${name}/json`,
    `/containers/${name}-bystander/json`,
    `/volumes/${name}`,
    `/networks/${name}`,
  ];
  const look = (): Promise<readonly string[]> =>
    Promise.all(paths.map(async (path) => JSON.stringify(await engineMaybe("GET", path))));
  const before = await look();
  return {
    touched: async () => {
      const after = await look();
      return paths
        .filter((_, index) => before[index] !== after[index])
        .map((path) => `somebody else's ${path} is not what it was`);
    },
    remove: async () => {
      for (const each of [name, `${name}-bystander`]) await engineMaybe("DELETE", `/containers/${each}?force=1`);
      await engineMaybe("DELETE", `/networks/${name}`);
      await engineMaybe("DELETE", `/volumes/${name}`);
    },
  };
}

/** Volumes that the engine named by itself and that nobody mounts any more: left behind for ever. */
export async function leftVolumes(project: string, nameless: readonly string[]): Promise<readonly string[]> {
  const all = await engineList(`/containers/json?all=1&${filtersOf({ label: [`coop.dev/project=${project}`] })}`);
  const used = new Set(all.flatMap(({ Mounts }) => Mounts.map((each: Json) => String(each["Name"]))));
  const idle = nameless.filter((name) => !used.has(name));
  const found = await Promise.all(idle.map((name) => engineMaybe("GET", `/volumes/${name}`)));
  return idle.filter((_, index) => found[index] !== null).map((name) => `a nameless volume is left behind: ${name}`);
}

/** What differs between the world and a fresh apply's, by raw reports alone. */
export async function unlike(wanted: Dump, project: string): Promise<readonly string[]> {
  return differences(canonical(wanted), canonical(await canonicalDump(project)));
}

/**
 * The one freedom that a world has: of a sandbox and its forwarder either may have joined the other's namespace, which
 * is what keeps work alive when a forwarder is made anew. That they are a pair and nothing else is checked elsewhere.
 */
function canonical(dump: Dump): Dump {
  return Object.fromEntries(
    Object.entries(dump)
      .filter(([key]) => !key.includes("-stranger"))
      .map(([key, value]) => [
        key,
        /^container .*\.(forwarder|sandbox|service)\./.test(key) ? withoutJoining(value) : value,
      ]),
  );
}

function withoutJoining(value: unknown): unknown {
  // canonicalDump made it.
  const report = value as { readonly HostConfig: Readonly<Record<string, unknown>> };
  // Who joins another's namespace has neither a resolver nor kernel settings of its own: both are the other's.
  const { NetworkMode: _mode, Dns: _dns, Sysctls: _sysctls, ...HostConfig } = report.HostConfig;
  return { ...report, HostConfig, Networks: [] };
}

/** Whether the chain of forwarder, gateway and service serves: a line for each link that does not. */
export async function unserved(project: string): Promise<readonly string[]> {
  const refused =
    'curl -s -o /dev/null -w "%{http_code}" --max-time 8 -x http://127.0.0.1:3128 http://elsewhere.example.org/';
  const answers = await Promise.all(
    ["web", "api", "bot"].map(async (each) => {
      // One that does not run refuses the command: an answer as well.
      const asked = runIn(`coop.${project}.sandbox.${each}.0`, ["sh", "-c", refused]);
      const said = (await asked.catch(String)).trim();
      return said === "403" ? [] : [`the gateway answers ${each} with ${said}`];
    }),
  );
  const ping =
    'p=${REDIS_URL#redis://:}; exec 3<>/dev/tcp/cache/6379; printf "AUTH %s\\r\\nPING\\r\\n" "${p%%@*}" >&3; read -t 8 -r a <&3; read -t 8 -r b <&3; echo "$a $b"';
  const pong = await withEnvironment(`coop.${project}.sandbox.api.0`, ping);
  return [
    ...answers.flat(),
    ...(/\+OK\s+\+PONG/.test(pong) ? [] : [`the cache answers api with ${JSON.stringify(pong.slice(0, 200))}`]),
  ];
}

// A command from outside has not the variables that the sandbox's own start script loads.
function withEnvironment(container: string, line: string): Promise<string> {
  return runIn(container, ["bash", "-c", `. /run/coop/environment/environment 2>/dev/null; ${line}`]).catch(String);
}
