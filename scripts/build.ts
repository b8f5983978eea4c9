// `node scripts/build.ts`: everything that the package ships, into dist/. With `--plumbing` only the programs that run
// in containers, which is all that a checkout needs.
import { mkdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { build } from "esbuild";
import type { BuildOptions } from "esbuild";
import { directBuiltins } from "./bundle/direct-builtins.ts";
import { lateModules } from "./bundle/late-modules.ts";
import { leanDockerode } from "./bundle/lean-dockerode.ts";

// Each is a single file that needs no node_modules.
const PLUMBING = {
  gateway: "src/gateway/gateway-main.ts",
  forwarder: "src/gateway/forwarder-main.ts",
};

const COMMON: BuildOptions = {
  bundle: true,
  platform: "node",
  format: "esm",
  target: "node22.18",
  minifySyntax: true,
  minifyWhitespace: true,
  minifyIdentifiers: true,
  legalComments: "none",
  logLevel: "warning",
  // CommonJS dependencies inside an ES module still call `require` for Node's own modules.
  banner: {
    js: `const __requireHere=process.getBuiltinModule("node:module").createRequire(import.meta.url),require=__requireHere;`,
  },
  plugins: [directBuiltins],
};

const staging = `.coop/build-${process.pid}`;
rmSync(staging, { recursive: true, force: true });
mkdirSync(staging, { recursive: true });
// Stamps are written before the sources are read, so that an edit during the build leaves the build out of date.
for (const stamp of ["coop", "plumbing"]) writeFileSync(`${staging}/.${stamp}-built`, "");
try {
  if (process.argv.includes("--plumbing")) {
    await buildPlumbing();
    mkdirSync("dist", { recursive: true });
    replace("dist/plumbing", `${staging}/plumbing`);
    renameSync(`${staging}/.plumbing-built`, "dist/.plumbing-built");
  } else {
    await Promise.all([buildPlumbing(), buildCli()]);
    replace("dist", staging);
  }
} finally {
  rmSync(staging, { recursive: true, force: true });
}

async function buildCli(): Promise<void> {
  await build({
    ...COMMON,
    entryPoints: { coop: "src/cli/start.ts" },
    outdir: staging,
    // What is imported lazily stays apart, so that `coop validate` reads no engine SDK.
    splitting: true,
    chunkNames: "chunks/[name]-[hash]",
    // Native, and only there where it could be installed.
    external: ["@napi-rs/keyring"],
    plugins: [directBuiltins, lateModules, leanDockerode],
  });
}

async function buildPlumbing(): Promise<void> {
  await build({ ...COMMON, entryPoints: PLUMBING, outdir: `${staging}/plumbing`, outExtension: { ".js": ".mjs" } });
}

// A whole folder at once: a run beside this one finds the old files or the new ones, never half of them.
function replace(path: string, fresh: string): void {
  const old = `.coop/old-${process.pid}`;
  try {
    renameSync(path, old);
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "ENOENT")) throw error;
  }
  renameSync(fresh, path);
  rmSync(old, { recursive: true, force: true });
}
