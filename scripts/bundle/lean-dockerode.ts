import { readFile } from "node:fs/promises";
import type { Plugin } from "esbuild";

// What few commands need and every start would load: an SSH client, gRPC and protobuf.
const RARE: readonly { readonly file: RegExp; readonly from: readonly string[] }[] = [
  { file: /[\\/]dockerode[\\/]lib[\\/]session\.js$/, from: ["dockerode", "./session"] },
  { file: /[\\/]dockerode[\\/]lib[\\/]buildkit\.js$/, from: ["dockerode", "./buildkit"] },
  { file: /[\\/]docker-modem[\\/]lib[\\/]ssh\.js$/, from: ["dockerode", "docker-modem", "./ssh"] },
];

// For engines behind TLS alone: with it come Node's TLS and X.509 code.
const SECURE = "https: nativeHttps,";

// Every request is written out for a debug log that is off.
const INSPECTED = /debug\('Sending: %s', util\.inspect\(options, \{[^}]*\}\)\);/;

/** Bundles dockerode without its rare parts, which are read from node_modules when they are called. */
export const leanDockerode: Plugin = {
  name: "lean-dockerode",
  setup(build) {
    for (const { file, from } of RARE)
      build.onLoad({ filter: file }, () => ({ contents: whenCalled(from), loader: "js" }));
    build.onLoad({ filter: /[\\/]docker-modem[\\/]lib[\\/]modem\.js$/ }, async ({ path }) => {
      const text = await readFile(path, "utf8");
      if (!INSPECTED.test(text)) throw new Error("docker-modem no longer writes out its requests; drop this step");
      // Node tells of `url.parse` only outside of node_modules, where this code has just been moved to.
      return { contents: `process.noDeprecation = true;\n${text.replace(INSPECTED, "")}`, loader: "js" };
    });
    build.onLoad({ filter: /[\\/]docker-modem[\\/]lib[\\/]http\.js$/ }, async ({ path }) => {
      const text = await readFile(path, "utf8");
      if (!text.includes(SECURE))
        throw new Error("docker-modem takes its protocols another way; look at this step again");
      const later = "https: { request: (...args) => require('https').request(...args) },";
      return {
        contents: text.replace("var nativeHttps = require('https'),", "var").replace(SECURE, later),
        loader: "js",
      };
    });
  },
};

// Each step is resolved from where the one before lies, as Node would find it, wherever the packages were put.
function whenCalled(steps: readonly string[]): string {
  return `
const load = () => {
  const steps = ${JSON.stringify(steps)};
  const last = steps.pop();
  let from = __requireHere;
  for (const step of steps) from = process.getBuiltinModule("node:module").createRequire(from.resolve(step));
  return from(last);
};
module.exports = new Proxy(function () {}, {
  apply: (_, self, args) => Reflect.apply(load(), self, args),
  get: (_, key) => load()[key],
});`;
}
