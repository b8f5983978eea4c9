import type { Plugin } from "esbuild";
import { whenUsed } from "./when-used.ts";

/**
 * Takes Node's own modules by `process.getBuiltinModule`, and only when something of them is used. An import makes Node
 * read every export of the module, and with them load what lies behind its getters: worker threads, file streams, web
 * streams. For coop that is a third of the time between the command and the first line of its own code.
 */
export const directBuiltins: Plugin = {
  name: "direct-builtins",
  setup(build) {
    // What is imported late is late already, and its names are read from the module itself.
    build.onResolve({ filter: /^node:/ }, ({ path, kind }) =>
      kind === "dynamic-import" ? { path, external: true } : { path, namespace: "builtin" },
    );
    build.onLoad({ filter: /.*/, namespace: "builtin" }, ({ path }) => ({
      contents: whenUsed(`process.getBuiltinModule(${JSON.stringify(path)})`),
      loader: "js",
    }));
  },
};
