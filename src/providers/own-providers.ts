import { lstatSync, readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { CoopError } from "../diagnostics/coop-error.ts";
import type { Provider } from "../model/provider.ts";
import { parseProvider } from "./parse-provider.ts";
import { type ProviderBook, BUILT_IN_PROVIDERS, isBuiltIn, providerBook } from "./provider-book.ts";

/**
 * The built-in providers and those in `providers/*.yaml` of a user's settings folder. Throws a CoopError that names every
 * mistake in every file: who can write there decides where secrets go, so nothing is left out in silence.
 */
export function readProviders(settingsFolder: string): ProviderBook {
  const folder = join(settingsFolder, "providers");
  const files = filesOf(folder);
  if (files.length === 0) return BUILT_IN_PROVIDERS;
  refuseOthers(folder);
  const problems: string[] = [];
  const own: Provider[] = [];
  for (const name of files) {
    const path = join(folder, name);
    refuseOthers(path);
    const read = parseProvider(readFileSync(path, "utf8"), path);
    if (!read.ok) problems.push(...read.problems);
    else if (isBuiltIn(read.provider.name))
      problems.push(`${path}: \`${read.provider.name}\` is a provider of coop's own; give yours another name.`);
    else if (`${read.provider.name}.yaml` !== name)
      problems.push(`${path}: the provider in it is named \`${read.provider.name}\`; the file must be named the same.`);
    else own.push(read.provider);
  }
  if (problems.length > 0)
    throw new CoopError("FILE_UNREADABLE", `Some of your own providers cannot be used:\n${problems.join("\n")}`, {
      mend: "Correct the files, or move them out of the folder.",
    });
  return providerBook(own);
}

function filesOf(folder: string): readonly string[] {
  try {
    return readdirSync(folder)
      .filter((name) => name.endsWith(".yaml"))
      .toSorted();
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return [];
    throw new CoopError("FILE_UNREADABLE", `${folder} cannot be read.`, { cause: error });
  }
}

function refuseOthers(path: string): void {
  const { mode, uid } = lstatSync(path);
  const mine = process.getuid === undefined || uid === process.getuid() || uid === 0;
  if (mine && (mode & 0o022) === 0) return;
  throw new CoopError(
    "FILE_TOO_OPEN",
    `${path} can be changed by others, who could have your secrets sent elsewhere.`,
    {
      mend: `chmod go-w ${path}`,
    },
  );
}
