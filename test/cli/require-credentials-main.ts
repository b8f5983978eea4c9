// The part of `coop apply` that comes before any change, for a person at a real terminal: sees to grants and values.
import { loadProject } from "../../src/config/load.ts";
import { requireCredentials } from "../../src/cli/credentials/credential-values.ts";
import { tellFailure } from "../../src/cli/failures.ts";
import { processShell } from "../../src/cli/process-shell.ts";

const shell = processShell();
const loaded = loadProject(null, process.cwd());
if (!loaded.ok) throw new Error("the test's own file is wrong");
try {
  await requireCredentials(loaded.value, shell);
  shell.out("All is there.\n");
} catch (error) {
  tellFailure(error, shell);
}
process.stdin.destroy();
