// Holds the lock that its arguments name (an engine's id, a project) until it is ended.
import { withLock } from "../../src/cli/lock.ts";

const [engine = "", project = ""] = process.argv.slice(2);
await withLock(engine, project, "coop apply", async () => {
  process.stdout.write("held\n");
  await new Promise((resolve) => setTimeout(resolve, 600_000));
});
