import { existsSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { build } from "esbuild";
import type { BuildOptions } from "esbuild";

// Programs that run alone in a container: each one is a single file that needs no node_modules.
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
  legalComments: "none",
  logLevel: "warning",
};

// CommonJS dependencies inside an ES module still call `require` for Node's own modules.
const REQUIRE = `import{createRequire as __createRequire}from"node:module";const require=__createRequire(import.meta.url);`;

rmSync("dist", { recursive: true, force: true });
mkdirSync("dist");
// Written before the sources are read, so that an edit during the build leaves the build out of date.
writeFileSync("dist/.built", "");

await Promise.all([buildCli(), ...Object.entries(PLUMBING).map(([name, entry]) => buildPlumbing(name, entry))]);

async function buildCli(): Promise<void> {
  if (!existsSync("src/cli/main.ts")) return;
  await build({
    ...COMMON,
    entryPoints: { coop: "src/cli/main.ts" },
    outdir: "dist",
    // What is imported lazily stays apart, so that `coop validate` reads no engine SDK.
    splitting: true,
    chunkNames: "chunks/[name]-[hash]",
    external: ["dockerode"],
    banner: { js: REQUIRE },
  });
}

async function buildPlumbing(name: string, entry: string): Promise<void> {
  if (!existsSync(entry)) return;
  await build({ ...COMMON, entryPoints: [entry], outfile: `dist/plumbing/${name}.mjs`, banner: { js: REQUIRE } });
}
