import type Dockerode from "dockerode";
import { podmanCreateBody, limits } from "./create-words.ts";
import { listContainers, removeContainer, stopContainer } from "./keepers.ts";
import { putArchive } from "./archive-words.ts";
import { askHealth } from "./asked-health.ts";
import { get, NATIVE, post } from "./errand.ts";
import type { Call, Errand, PodmanFacts } from "./errand.ts";
import { fieldsOf, listIn, textIn, textsIn } from "./json.ts";
import type { Fields } from "./json.ts";
import { liveLimits } from "./live-limits.ts";
import { namedStatus } from "./named-status.ts";
import { dockerReport } from "./report-words.ts";
import { readRuntimeConfig } from "./runtime-config.ts";

type Dial = (call: Call, done: (cause: unknown, answer: unknown) => void) => void;

/**
 * Makes a client of Podman's socket answer as one of Docker's. Most calls are the same; those in which Podman leaves out or
 * guesses what coop relies on go to Podman's own API instead, in both directions. Nothing behind the client knows of it.
 */
export function speakPodman(docker: Dockerode, facts: PodmanFacts): void {
  const modem = docker.modem as { dial: Dial }; // its types hide what a call looks like
  const plain = modem.dial.bind(modem);
  const ask = (call: Call): Promise<unknown> =>
    new Promise((resolve, reject) =>
      plain(call, (cause, answer) => {
        if (cause === null || cause === undefined) resolve(answer);
        else reject(namedStatus(cause));
      }),
    );
  modem.dial = (call, done) => {
    const route = ROUTES.find((each) => each.method === call.method && each.path.test(pathOf(call)));
    const answered =
      route === undefined ? ask(call) : route.go({ ask, call, facts, name: route.path.exec(pathOf(call))?.[1] ?? "" });
    void answered.then(
      // As the library itself calls back: what fails in there is not this call's failure.
      (answer) => process.nextTick(done, null, answer),
      (cause: unknown) => process.nextTick(done, cause, null),
    );
  };
}

interface Route {
  readonly method: string;
  readonly path: RegExp;
  readonly go: (errand: Errand) => Promise<unknown>;
}

const ROUTES: readonly Route[] = [
  { method: "POST", path: /^\/containers\/create$/, go: createContainer },
  { method: "GET", path: /^\/containers\/([^/]+)\/json$/, go: inspectContainer },
  { method: "POST", path: /^\/containers\/([^/]+)\/update$/, go: updateContainer },
  { method: "POST", path: /^\/containers\/([^/]+)\/stop$/, go: stopContainer },
  { method: "DELETE", path: /^\/containers\/([^/]+)$/, go: removeContainer },
  { method: "GET", path: /^\/containers\/json$/, go: listContainers },
  { method: "PUT", path: /^\/containers\/([^/]+)\/archive$/, go: putArchive },
  { method: "GET", path: /^\/networks$/, go: listNetworks },
  { method: "POST", path: /^\/networks\/create$/, go: createNetwork },
  { method: "POST", path: /^\/volumes\/create$/, go: createVolume },
  { method: "GET", path: /^\/volumes$/, go: listVolumes },
  { method: "GET", path: /^\/volumes\/([^/]+)$/, go: inspectVolume },
];

function pathOf({ path }: Call): string {
  return path.replace(/\?.*$/, "");
}

function bodyOf({ options }: Call): Fields {
  return options?.["_body"] === undefined ? (options ?? {}) : fieldsOf(options["_body"]);
}

async function createContainer({ ask, call, facts }: Errand): Promise<unknown> {
  const body = bodyOf(call);
  const query = fieldsOf(call.options?.["_query"]);
  const name = textIn(query["name"]) || textIn(body["name"]);
  // By Docker's call, which knows that a short name is one of Docker's registry.
  const image = fieldsOf(await ask(get(`/images/${textIn(body["Image"])}/json`, call)));
  const made = podmanCreateBody(body, name === "" ? null : name, textIn(image["Id"]), facts);
  return ask(post(`${NATIVE}/containers/create`, made, 201));
}

async function inspectContainer(errand: Errand): Promise<unknown> {
  const { facts } = errand;
  const first = await bothReports(errand);
  const { compat, native } = (await askHealth(errand, first.native)) ? await bothReports(errand) : first;
  const { Running: runs, CgroupPath: group } = fieldsOf(native["State"]);
  const [runtime, limits] = await Promise.all([
    readRuntimeConfig(textIn(native["OCIConfigPath"])),
    runs === true ? liveLimits(textIn(group)) : {},
  ]);
  return dockerReport({ compat, native, runtime, limits, defaultRuntime: facts.defaultRuntime }, facts.files);
}

async function bothReports({ ask, call, name }: Errand): Promise<{ readonly compat: Fields; readonly native: Fields }> {
  const [compat, native] = await Promise.all([ask(call), ask(get(`${NATIVE}/containers/${name}/json`, call))]);
  return { compat: fieldsOf(compat), native: fieldsOf(native) };
}

// Podman changes limits where they are in force, and nowhere else: what does not run has those that it was made with.
async function updateContainer({ ask, call, name }: Errand): Promise<unknown> {
  const wanted = bodyOf(call);
  const { State, HostConfig } = fieldsOf(await ask(get(`${NATIVE}/containers/${name}/json`, call)));
  if (fieldsOf(State)["Running"] === true || fieldsOf(State)["Paused"] === true)
    return ask(post(`${NATIVE}/containers/${name}/update`, limits(wanted), 201));
  const made = fieldsOf(HostConfig);
  const same = ["Memory", "MemorySwap", "NanoCpus", "PidsLimit"].every(
    (key) => wanted[key] === undefined || wanted[key] === made[key],
  );
  if (same) return {};
  throw new Error("it does not run, and was made with other limits: remove it, and apply makes it anew");
}

// Podman's own list: to answer Docker's call it looks at every container once for each network.
async function listNetworks({ ask, call }: Errand): Promise<unknown> {
  const filters = call.options?.["filters"] ?? fieldsOf(call.options?.["_query"])["filters"];
  const asked = get(`${NATIVE}/networks/json?`, call);
  const found = await ask(filters === undefined ? asked : { ...asked, options: { filters } });
  return listIn(found).map((each) => {
    const network = fieldsOf(each);
    const subnets = listIn(network["subnets"]).map((subnet) => fieldsOf(subnet));
    return {
      Id: network["id"],
      Name: network["name"],
      Driver: network["driver"],
      Internal: network["internal"] === true,
      EnableIPv6: network["ipv6_enabled"] === true,
      Labels: fieldsOf(network["labels"]),
      Options: networkOptions(fieldsOf(network["options"])),
      IPAM: { Config: subnets.map((subnet) => ({ Subnet: subnet["subnet"], Gateway: subnet["gateway"] })) },
    };
  });
}

const TOGETHER = "com.docker.network.bridge.enable_icc";

// Who is in one of Podman's networks can always talk to the others in it, which is an option of Docker's.
function networkOptions({ isolate: _isolate, ...others }: Fields): Fields {
  return { ...others, [TOGETHER]: "true" };
}

// Without a name server of Podman's on the bridge: the host would answer there, and only names of containers.
function createNetwork({ ask, call }: Errand): Promise<unknown> {
  const { Name, Driver, Internal, EnableIPv6, Labels, Options } = bodyOf(call);
  const { [TOGETHER]: _together, ...options } = fieldsOf(Options);
  const body = {
    name: Name,
    driver: Driver,
    internal: Internal === true,
    ipv6_enabled: EnableIPv6 === true,
    dns_enabled: false,
    labels: fieldsOf(Labels),
    options: { ...options, isolate: "true" },
  };
  return ask(post(`${NATIVE}/networks/create`, body, 200)).then((made) => ({ Id: fieldsOf(made)["id"] }));
}

// At its first start Podman gives a volume to the container's user and takes the permissions of the image's folder; what coop
// fills keeps the owner that coop gave it.
const FILLED = /^volume:(workspace|volume)\./;
const KEEPS_OWNER = { o: "uid=0,gid=0" };
const KEPT = { ...KEEPS_OWNER, UID: "0", GID: "0" };

function createVolume({ ask, call }: Errand): Promise<unknown> {
  const body = bodyOf(call);
  const filled = FILLED.test(textIn(fieldsOf(body["Labels"])["coop.dev/id"]));
  return ask({
    ...call,
    options: filled && body["DriverOpts"] === undefined ? { ...body, DriverOpts: KEEPS_OWNER } : body,
  });
}

async function listVolumes({ ask, call }: Errand): Promise<unknown> {
  const answer = fieldsOf(await ask(call));
  return { ...answer, Volumes: listIn(answer["Volumes"]).map((each) => plainVolume(fieldsOf(each))) };
}

async function inspectVolume({ ask, call }: Errand): Promise<unknown> {
  return plainVolume(fieldsOf(await ask(call)));
}

function plainVolume(volume: Fields): Fields {
  const options = fieldsOf(volume["Options"]);
  const kept =
    textsIn(Object.keys(options)).length === Object.keys(KEPT).length &&
    Object.entries(KEPT).every(([key, value]) => options[key] === value);
  return kept ? { ...volume, Options: null } : volume;
}
