// Where the bundle begins. Before anything else is read, Node is told where it may keep compiled code: reading that
// takes half the time of compiling anew. In the user's own folder, since whoever writes there runs as the user.
import { enableCompileCache } from "node:module";
import { join } from "node:path";
import { cacheFolder } from "./user-folders.ts";

enableCompileCache(join(cacheFolder(process.env), "compiled"));
const { start } = await import("./main.ts");
await start();
