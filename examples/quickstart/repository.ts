import { randomBytes } from "node:crypto";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, realpathSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Commands, Result } from "./commands.ts";

/** The application as a repository of its own, with secrets in it that no agent may see. */
export interface Repository {
  readonly folder: string;
  readonly project: string;
  /** The word that stands in every secret. */
  readonly canary: string;
  /** A word in a file that is meant to be seen: what finds it would find the canary. */
  readonly marker: string;
}

const TEMPLATE = fileURLToPath(new URL("app", import.meta.url));
const AUTHOR = ["-c", "user.name=You", "-c", "user.email=you@quickstart.test", "-c", "commit.gpgsign=false"];

/** Where the secrets lie: untracked, tracked under a name that the built-in list knows, tracked under one of coop.yaml's. */
export const SECRET_FILES = [".env", "config/credentials.yaml", "data/customers/export.csv"] as const;
export const MARKED_FILE = "config/shop-id.txt";

/** Copies the template to a fresh folder under a project name that no other run has. */
export function copyTemplate(): Repository {
  const id = randomBytes(4).toString("hex");
  const folder = realpathSync(mkdtempSync(join(tmpdir(), "coop-quickstart-")));
  const repository = { folder, project: `quickstart-${id}`, canary: `canary-${randomBytes(12).toString("hex")}`, marker: `marker-${id}` };
  cpSync(TEMPLATE, folder, { recursive: true });
  editFile(repository, (text) => text.replace(/^project: .*$/m, `project: ${repository.project}`));
  const [environment, credentials, customers] = SECRET_FILES;
  write(folder, environment, `PAYMENT_TOKEN=${repository.canary}\n`);
  write(folder, credentials, `payment:\n  token: ${repository.canary}\n`);
  write(folder, customers, `name,account\nAda,${repository.canary}\n`);
  write(folder, MARKED_FILE, `${repository.marker}\n`);
  return repository;
}

export async function commitAll({ folder }: Repository, commands: Commands): Promise<Result> {
  await commands.git(["init", "--quiet", "--initial-branch=main"], { cwd: folder, quiet: true });
  await commands.git(["add", "--all"], { cwd: folder, quiet: true });
  return await commands.git([...AUTHOR, "commit", "--quiet", "-m", "The parts shop"], { cwd: folder, quiet: true });
}

/** Changes coop.yaml; a change that changes nothing is a mistake of the example. */
export function editFile({ folder }: Pick<Repository, "folder">, edit: (text: string) => string): void {
  const file = join(folder, "coop.yaml");
  const before = readFileSync(file, "utf8");
  const after = edit(before);
  if (after === before) throw new Error("The edit of coop.yaml found nothing to change.");
  writeFileSync(file, after);
}

function write(folder: string, path: string, text: string): void {
  const file = join(folder, path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
}
