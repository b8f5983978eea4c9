import { createServer } from "node:net";
import type { Server } from "node:net";
import type { Commands, Result } from "./commands.ts";
import type { Narrator } from "./narrator.ts";
import { MARKED_FILE, SECRET_FILES } from "./repository.ts";
import type { Repository } from "./repository.ts";
import { ARCHIVE_HOST } from "./stand-in.ts";

export interface Scene {
  readonly narrator: Narrator;
  readonly commands: Commands;
  readonly repository: Repository;
  /** An ordinary container beside the database and beside the project's gateway. */
  readonly ordinary: string;
}

/** Runs a command as somebody inside the sandbox `visitor`. */
export function inside({ commands, repository }: Scene, ...words: readonly string[]): Promise<Result> {
  return commands.coop(["exec", "visitor", "--", ...words], { cwd: repository.folder });
}

/** The same from an ordinary container: proof that there is something to reach. */
function outside({ commands, ordinary }: Scene, ...words: readonly string[]): Promise<Result> {
  return commands.docker(["exec", ordinary, ...words], { quiet: true });
}

/** Reads for the secrets: by name, by content anywhere, in the history. */
export async function attackSecrets(scene: Scene): Promise<void> {
  const { narrator, commands, repository } = scene;
  const { canary, marker, folder } = repository;
  const onHost = await commands.git(["grep", "--no-index", "-l", "-e", canary], { cwd: folder, quiet: true });
  narrator.expect(`on the host, ${SECRET_FILES.join(", ")} hold the secret`, sameLines(onHost.out, SECRET_FILES));

  const read = await inside(scene, "cat", ...SECRET_FILES);
  narrator.expect("inside, none of them is there", read.exit !== 0 && read.out === "" && count(read.all, "No such file") === 3);

  // The marker lies in a file that may be seen: a search that finds it would find the secret.
  const search = ["grep", "-rsl", "--exclude-dir=proc", "--exclude-dir=sys", "-e", canary, "-e", marker, "/"];
  const found = (await inside(scene, ...search)).out;
  narrator.expect("a search of every file inside finds the public marker and not the secret", found.endsWith(`/${MARKED_FILE}`) && !found.includes("\n"));

  const history = await inside(scene, "sh", "-c", `git rev-list --all | xargs git grep -l -e ${canary} -e ${marker}`);
  narrator.expect("nor does a search of every commit", history.out.endsWith(`:${MARKED_FILE}`) && !history.out.includes("\n"));
}

/** Where an ordinary container gets an answer. */
export interface Addresses {
  readonly database: string;
  readonly standIn: string;
  /** This machine's own address on the network of the database; empty where it has none. */
  readonly bridge: string;
}

/** Dials addresses past the gateway. Each is proved to answer an ordinary container at that moment. */
export async function attackDirectly(scene: Scene, addresses: Addresses): Promise<void> {
  const { narrator } = scene;
  const interfaces = await inside(scene, "ls", "/sys/class/net");
  narrator.expect("the sandbox has no network interface but lo", interfaces.out === "lo");

  const listener = await listenOn(addresses.bridge);
  const targets = [
    { what: "a neighbour container", address: addresses.database, port: 5432 },
    { what: "the model's host by address, past the gateway", address: addresses.standIn, port: 443 },
    ...(listener === null ? [] : [{ what: "this machine itself", address: listener.address, port: listener.port }]),
  ];
  if (listener === null) narrator.say("(The engine's networks are not on this machine: there is no address of the machine to dial.)");
  try {
    for (const { what, address, port } of targets) {
      const dial = ["nc", "-vz", "-w", "3", address, String(port)];
      const control = await outside(scene, ...dial);
      narrator.expect(`${what}: an ordinary container reaches ${address}:${port}`, control.exit === 0);
      const attack = await inside(scene, ...dial);
      narrator.expect("the sandbox does not", attack.exit !== 0 && attack.all.includes("unreachable"));
    }
  } finally {
    listener?.server.close();
  }
}

/** Asks for a host that no rule of the visitor names. */
export async function attackDeniedName(scene: Scene): Promise<void> {
  const { narrator, commands } = scene;
  const url = `https://${ARCHIVE_HOST}/`;
  const control = await outside(scene, "curl", "-sSk", url);
  narrator.expect(`an ordinary container reaches ${url}`, control.exit === 0 && control.out.includes("reached"));

  const denied = await inside(scene, "curl", "-sS", url);
  narrator.expect("the gateway refuses it to the sandbox", denied.exit !== 0 && denied.all.includes("403"));
  const reason = await inside(scene, "curl", "-sS", `http://${ARCHIVE_HOST}/`);
  narrator.expect("and says why, and what to change", reason.out.includes('"code":"host-not-allowed"') && reason.out.includes("coop.yaml"));
  const name = await inside(scene, "getent", "hosts", ARCHIVE_HOST);
  narrator.expect("for clients that know no proxy the name does not exist", name.exit !== 0 && name.out === "");
  const explained = await commands.coop(["explain", url, "--agent", "visitor"], { cwd: scene.repository.folder });
  narrator.expect("coop explain says the same from outside", explained.out.includes("denied"));
}

interface Listener {
  readonly server: Server;
  readonly address: string;
  readonly port: number;
}

/** A listener of this machine on that address alone; null where the address is not this machine's. */
async function listenOn(address: string): Promise<Listener | null> {
  if (address === "") return null;
  const server = createServer((socket) => socket.on("error", () => undefined).end());
  return await new Promise((resolve) => {
    server.once("error", () => resolve(null));
    server.listen(0, address, () => {
      const bound = server.address();
      resolve(typeof bound === "object" && bound !== null ? { server, address, port: bound.port } : null);
    });
  });
}

function sameLines(text: string, expected: readonly string[]): boolean {
  return text.split("\n").toSorted().join("\n") === expected.toSorted().join("\n");
}

function count(text: string, part: string): number {
  return text.split(part).length - 1;
}
