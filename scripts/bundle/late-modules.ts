import type { Plugin } from "esbuild";
import { whenUsed } from "./when-used.ts";

// Large tables that few files need: the public suffixes are asked only where a rule has a wildcard.
const LATE = /^tldts$/;

/** Evaluates a bundled package when something of it is first used, instead of when the program starts. */
export const lateModules: Plugin = {
  name: "late-modules",
  setup(build) {
    build.onResolve({ filter: LATE }, ({ path, namespace, kind }) =>
      namespace === "late" || kind === "dynamic-import" ? null : { path, namespace: "late" },
    );
    build.onLoad({ filter: /.*/, namespace: "late" }, ({ path }) => ({
      contents: whenUsed(`require(${JSON.stringify(path)})`),
      loader: "js",
      resolveDir: process.cwd(),
    }));
  },
};
