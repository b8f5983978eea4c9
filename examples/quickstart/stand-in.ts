import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import type { Commands } from "./commands.ts";
import type { Repository } from "./repository.ts";
import { removeContainer } from "./undo-list.ts";
import type { UndoList } from "./undo-list.ts";

export const MODEL_HOST = "model.quickstart.test";
export const ARCHIVE_HOST = "archive.quickstart.test";

const LISTENS_MS = 60_000;
const PROGRAM = fileURLToPath(new URL("stand-in", import.meta.url));
const MAKE_CERTIFICATE = [
  "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=quickstart",
  `-addext subjectAltName=DNS:${MODEL_HOST},DNS:${ARCHIVE_HOST} -keyout /tmp/key -out /tmp/certificate 2>/tmp/log`,
  "&& cat /tmp/certificate /tmp/key",
].join(" ");

/** A key for the stand-in, and its certificate, which the repository trusts. */
export async function makeCertificate(commands: Commands, image: string, repository: Repository): Promise<string> {
  const { out, all, exit } = await commands.docker(["run", "--rm", "--network", "none", image, "sh", "-c", MAKE_CERTIFICATE], { quiet: true });
  const [certificate] = /-----BEGIN CERTIFICATE-----[^]*?-----END CERTIFICATE-----/.exec(out) ?? [];
  const [key] = /-----BEGIN PRIVATE KEY-----[^]*?-----END PRIVATE KEY-----/.exec(out) ?? [];
  if (exit !== 0 || certificate === undefined || key === undefined) throw new Error(`openssl in the base image made no certificate: ${all}`);
  mkdirSync(join(repository.folder, "config"), { recursive: true });
  writeFileSync(join(repository.folder, "config/model.crt"), `${certificate}\n`);
  return key;
}

/** The two hosts of the example, on the network where the project's gateway looks for names: one container. */
export class StandIn {
  readonly name: string;
  readonly network: string;
  readonly #commands: Commands;

  constructor(repository: Repository, commands: Commands) {
    this.name = `${repository.project}-stand-in`;
    this.network = `coop.${repository.project}.gateway`;
    this.#commands = commands;
  }

  async start(image: string, folder: string, key: string, undo: UndoList): Promise<void> {
    undo.add(this.name, removeContainer(this.name));
    await this.#docker("create", "--name", this.name, "--user", "0:0", "--network", this.network,
      "--network-alias", MODEL_HOST, "--network-alias", ARCHIVE_HOST, image, "node", "/srv/stand-in/serve.mjs");
    await this.#docker("cp", PROGRAM, `${this.name}:/srv/stand-in`);
    const keyFile = join(folder, ".git/stand-in.key");
    writeFileSync(keyFile, `${key}\n`, { mode: 0o600 });
    await this.#docker("cp", keyFile, `${this.name}:/srv/stand-in/host.key`);
    await this.#docker("cp", join(folder, "config/model.crt"), `${this.name}:/srv/stand-in/host.crt`);
    await this.#docker("start", this.name);
    for (const untilMs = performance.now() + LISTENS_MS; performance.now() < untilMs; await sleep(100)) {
      if ((await this.#docker("logs", this.name)).includes("listens")) return;
    }
    throw new Error("The stand-in does not listen.");
  }

  async #docker(...words: readonly string[]): Promise<string> {
    const result = await this.#commands.docker(words, { quiet: true });
    if (result.exit !== 0) throw new Error(`docker ${words[0]} failed: ${result.all}`);
    return result.all;
  }
}
