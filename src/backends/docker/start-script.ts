/** The script that loads a sandbox's secret variables and becomes its command. POSIX sh alone. */
export function startScript(directory: string): string {
  return `#!/bin/sh
# Written by coop: loads the variables that may not stand in the container's environment, then becomes the command.
. ${directory}/environment || exit 125
exec "$@"
`;
}
