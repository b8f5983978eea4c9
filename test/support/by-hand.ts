import { setTimeout as sleep } from "node:timers/promises";
import { engine, engineList, engineMaybe, filtersOf } from "./raw-engine.ts";
import type { Json } from "./raw-engine.ts";

/** The body of a create call that would make a container as a report says. */
export interface CreateBody {
  readonly Config: Json;
  readonly HostConfig: Json;
}

/** Makes a container anew by hand, as it was but for one change: same name, same labels, running. */
export async function recreate(name: string, change: (body: CreateBody) => CreateBody): Promise<void> {
  const body = await bodyOf(name);
  await engine("DELETE", `/containers/${name}?force=1`);
  await make(name, change(body));
}

/** What a create call would need to make this container again. */
export async function bodyOf(name: string): Promise<CreateBody> {
  const { Config, HostConfig } = await inspect(name);
  // The engine fills these in from the id; kept, they would be a second change.
  const { Hostname: _hostname, Domainname: _domainname, ...config } = Config;
  return { Config: config, HostConfig };
}

export async function make(name: string, body: CreateBody): Promise<void> {
  await engine("POST", `/containers/create?name=${encodeURIComponent(name)}`, {
    ...body.Config,
    HostConfig: body.HostConfig,
  });
  await engine("POST", `/containers/${name}/start`);
}

/** The kernel's freezer may be busy on a machine under load. */
export async function pause(name: string): Promise<void> {
  for (let tries = 1; ; tries += 1) {
    try {
      await engine("POST", `/containers/${name}/pause`);
      return;
    } catch (error) {
      if (tries === 10) throw error;
      await sleep(100);
    }
  }
}

export function inspect(name: string): Promise<Json> {
  return engine("GET", `/containers/${name}/json`);
}

/** Removes all that carries a project's label or a name of the project, but for the names that `keeps` says. */
export async function sweep(project: string, keeps: (name: string) => boolean = () => false): Promise<void> {
  const label = filtersOf({ label: [`coop.dev/project=${project}`] });
  const isOurs = (name: string): boolean =>
    (name.startsWith(`coop.${project}.`) || name.startsWith(`${project}-`)) && !keeps(name);
  const containers = (await engineList("/containers/json?all=1")).filter((each) => {
    const names: readonly string[] = each["Names"].map((name: string) => name.slice(1));
    return (each["Labels"]?.["coop.dev/project"] === project && !names.some(keeps)) || names.some(isOurs);
  });
  await Promise.all(containers.map((each) => removeSurely(`/containers/${each["Id"]}?force=1&v=1`)));
  const networks = [
    ...(await engineList(`/networks?${label}`)).filter((each) => !keeps(each["Name"])),
    ...(await engineList("/networks")).filter((each) => isOurs(each["Name"])),
  ];
  for (const each of networks) await engineMaybe("DELETE", `/networks/${each["Id"]}`);
  const volumes = [
    ...((await engine("GET", `/volumes?${label}`))["Volumes"] ?? []).filter((each: Json) => !keeps(each["Name"])),
    ...((await engine("GET", "/volumes"))["Volumes"] ?? []).filter((each: Json) => isOurs(each["Name"])),
  ];
  for (const each of volumes) await engineMaybe("DELETE", `/volumes/${each["Name"]}`);
}

// Somebody may be removing it already, which the engine tells with 409.
async function removeSurely(path: string): Promise<void> {
  for (let tries = 1; ; tries += 1) {
    try {
      await engineMaybe("DELETE", path);
      return;
    } catch (error) {
      if (tries === 50 || !String(error).includes(": 409")) throw error;
      await sleep(100);
    }
  }
}
