import { posix } from "node:path";
import type { HomeFile } from "../../../compilers/container/preparation.ts";

/** Where the contents of a file for the home lie beside the script. */
export function homeFile(index: number): string {
  return `home-${index}`;
}

/**
 * The script that loads a sandbox's secret variables, puts the files that clients expect into its home where nothing is yet, and
 * becomes its command. POSIX sh alone.
 */
export function startScript(directory: string, files: readonly HomeFile[]): string {
  return `#!/bin/sh
# Written by coop: loads the variables that may not stand in the container's environment, then becomes the command.
. ${directory}/environment || exit 125
${files.map((file, index) => putFile(`${directory}/${homeFile(index)}`, file.path)).join("")}exec "$@"
`;
}

function putFile(from: string, path: string): string {
  const target = `"$HOME"/${quoted(path)}`;
  const folder = `"$HOME"/${quoted(posix.dirname(path))}`;
  return `[ -e ${target} ] || { mkdir -p ${folder} && cat ${from} >${target} && chmod 600 ${target}; } || exit 125\n`;
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
