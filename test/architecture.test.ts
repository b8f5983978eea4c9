import { globSync, readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { describe, expect, it } from "vitest";

const ROOT = join(import.meta.dirname, "..");
const SOURCES = globSync(["src/**/*.ts", "compilers/**/*.ts"], { cwd: ROOT }).toSorted();

/** design.md §3: who may know whom. Type imports count: a word of a layer further out binds as much as its code. */
const KNOWS: Readonly<Record<string, readonly string[]>> = {
  diagnostics: [],
  ports: [],
  model: ["diagnostics"],
  graph: ["diagnostics", "model"],
  providers: ["diagnostics", "model"],
  config: ["diagnostics", "model", "graph", "providers"],
  grants: ["diagnostics", "model"],
  // The gateway's rules are values: the planner compares them, the compilers write them.
  gateway: ["diagnostics", "ports", "model", "graph"],
  plan: ["diagnostics", "model", "graph", "gateway"],
  compilers: ["diagnostics", "model", "graph", "providers", "plan", "gateway"],
  image: ["diagnostics", "model", "graph"],
  resolve: ["diagnostics", "model", "graph", "image", "providers"],
  workspace: ["diagnostics", "ports", "model", "graph"],
  authority: ["diagnostics", "ports", "model", "graph"],
  vault: ["diagnostics", "ports", "model"],
  sources: ["diagnostics", "ports", "model", "providers", "config", "vault"],
  backend: ["diagnostics", "model", "graph", "plan", "compilers"],
  render: ["diagnostics", "model", "graph", "plan", "workspace"],
  apply: ["diagnostics", "ports", "model", "graph", "plan", "backend"],
  reconcile: ["diagnostics", "ports", "model", "graph", "gateway", "plan", "backend", "apply"],
  backends: ["diagnostics", "ports", "model", "graph", "plan", "gateway", "compilers", "backend"],
  cli: ["*"],
};

/** Engines' own libraries, and who may load them. */
const ENGINES = ["dockerode", "docker-modem", "@kubernetes/client-node"];

/** Data, and files that are made. */
const LONG = [/^src\/diagnostics\/catalog/, /\.gen\.ts$/];

interface Import {
  readonly from: string;
  readonly to: string;
}

const IMPORTS: readonly Import[] = SOURCES.flatMap((from) => {
  const text = readFileSync(join(ROOT, from), "utf8");
  const found = text.matchAll(
    /^(?:import|export)\b[^;]*?\bfrom\s+"([^"]+)"|\bimport\("([^"]+)"\)|^import\s+"([^"]+)"/gm,
  );
  return [...found].map((each) => ({ from, to: each[1] ?? each[2] ?? each[3] ?? "" }));
});

function layerOf(path: string): string {
  const [top = "", folder = ""] = path.split("/");
  return top === "src" ? folder : top;
}

const inner = IMPORTS.filter(({ to }) => to.startsWith(".")).map(({ from, to }) => ({
  from,
  to: relative(ROOT, join(ROOT, dirname(from), to)),
}));

describe("imports point inward", () => {
  it("has a place in the table for every folder", () => {
    expect([...new Set(SOURCES.map(layerOf))].filter((each) => !(each in KNOWS))).toEqual([]);
  });

  it.for(Object.entries(KNOWS))("%s knows only what it may", ([layer, known]) => {
    const may = new Set([layer, "schema", ...known]);
    const wrong = inner.filter(({ from, to }) => layerOf(from) === layer && !may.has("*") && !may.has(layerOf(to)));
    expect(wrong.map(({ from, to }) => `${from} → ${to}`)).toEqual([]);
  });

  it("has a table without cycles", () => {
    const reaches = (layer: string, seen: readonly string[] = []): readonly string[] =>
      (KNOWS[layer] ?? []).flatMap((each) => (seen.includes(each) ? [] : [each, ...reaches(each, [...seen, each])]));
    expect(Object.keys(KNOWS).filter((each) => reaches(each).includes(each))).toEqual([]);
  });

  it("loads an engine's library only where that engine is driven, and one backend knows no other", () => {
    const engines = IMPORTS.filter(({ from, to }) => ENGINES.includes(to) && !from.startsWith("src/backends/"));
    expect(engines).toEqual([]);
    const sideways = inner.filter(
      ({ from, to }) =>
        from.startsWith("src/backends/") && to.startsWith("src/backends/") && from.split("/")[2] !== to.split("/")[2],
    );
    expect(sideways).toEqual([]);
  });

  it("leads from sources to sources alone", () => {
    const outward = inner.filter(({ to }) => !/^(src|compilers|schema)\//.test(to));
    expect(outward).toEqual([]);
  });
});

describe("the core stays pure", () => {
  it.for(["graph", "plan", "compilers", "model", "diagnostics"])(
    "%s reads no file, no clock, no environment and no network",
    (layer) => {
      const impure = SOURCES.filter((path) => layerOf(path) === layer).flatMap((path) => {
        const text = readFileSync(join(ROOT, path), "utf8");
        const found = text.match(
          /node:(?:fs|net|http|https|tls|dns|child_process|os|worker_threads)\b|\bprocess\.|\bDate\.now\b|\bnew Date\(\)|\bMath\.random\b|\brandomBytes\b|\bfetch\(/g,
        );
        return found === null ? [] : [`${path}: ${found.join(", ")}`];
      });
      expect(impure).toEqual([]);
    },
  );

  it("touches the process only in the command line and in the programs of the containers", () => {
    const mains = /^src\/(cli|gateway)\//;
    const found = SOURCES.filter((path) => !mains.test(path)).filter((path) =>
      /\bprocess\.(?:argv|stdout|stderr|stdin|exit|on)\b/.test(readFileSync(join(ROOT, path), "utf8")),
    );
    expect(found).toEqual([]);
  });
});

describe("files stay readable", () => {
  const lengths = globSync(
    ["src/**/*.ts", "compilers/**/*.ts", "test/**/*.ts", "scripts/**/*.{ts,mjs}", "bench/**/*.ts", "schema/*.ts"],
    { cwd: ROOT },
  )
    .map((path) => ({ path, lines: readFileSync(join(ROOT, path), "utf8").split("\n").length - 1 }))
    .filter(({ path }) => !LONG.some((each) => each.test(path)));

  it("none over 400 lines", () => {
    expect(lengths.filter(({ lines }) => lines > 400)).toEqual([]);
  });

  it("half of them under 90, nine in ten under 250", () => {
    const own = lengths
      .filter(({ path }) => /^(src|compilers)\//.test(path))
      .map(({ lines }) => lines)
      .toSorted((a, b) => a - b);
    expect(own[Math.floor(own.length / 2)]).toBeLessThanOrEqual(90);
    expect(own[Math.floor(own.length * 0.9)]).toBeLessThanOrEqual(250);
  });

  it("is called what it holds: kebab-case, no index, no utils", () => {
    const odd = SOURCES.filter(
      (path) =>
        !/^[a-z0-9-]+(\.gen)?\.ts$/.test(path.split("/").at(-1) ?? "") ||
        /\/(index|utils?|helpers?|common|misc)\.ts$/.test(path),
    );
    expect(odd).toEqual([]);
  });
});
