import { describe, expect, it } from "vitest";
import { containerObjects } from "../../compilers/container/compile.ts";
import { liveRefusals } from "../../compilers/container/live-tree.ts";
import { looseningsOf } from "../../compilers/container/loosenings.ts";
import type { ContainerSpec } from "../../compilers/container/resources.ts";
import type { LiveView } from "../../src/model/inputs.ts";
import { inputsFor } from "../support/inputs.ts";
import { aModel } from "../support/project.ts";

const VIEW: LiveView = {
  root: "/srv/demo",
  shadows: [
    { path: ".env", kind: "file" },
    { path: "a/secrets", kind: "folder" },
  ],
  mountPoints: ["a", "vendor"],
  repositories: [
    { path: ".git", kind: "folder" },
    { path: "vendor/.git", kind: "file" },
  ],
  decoys: { file: "/state/covers/file", folder: "/state/covers/folder" },
  owner: { uid: 1000, gid: 1000, mode: 0o755 },
  unfit: null,
};

interface Compiled {
  readonly spec: ContainerSpec;
  readonly ids: readonly string[];
  readonly refused: readonly string[];
}

function compile(agent: Readonly<Record<string, unknown>> = {}, view: Partial<LiveView> = {}): Compiled {
  const model = aModel({ agents: { coder: { workspace: "live", ...agent } } });
  const context = { model, inputs: inputsFor(model, { live: { coder: { ...VIEW, ...view } } }) };
  const objects = containerObjects(context);
  const sandbox = objects.find((each) => each.id === "container:sandbox.coder.0");
  if (sandbox?.kind !== "container") throw new Error("no sandbox was compiled");
  const refused = liveRefusals(context, "docker").map(
    ({ code, message, span }) => `${code} ${span?.start.line}: ${message}`,
  );
  return { spec: sandbox.spec, ids: objects.map((each) => each.id), refused };
}

const mountsOf = ({ spec }: Compiled): readonly string[] =>
  spec.body.HostConfig.Mounts.map((each) => `${each.Source} -> ${each.Target}${each.ReadOnly ? " ro" : ""}`);

describe("a sandbox on the live tree", () => {
  it("mounts the tree, covers what is hidden, locks repositories, and pins the folders above them", () => {
    expect(mountsOf(compile())).toEqual([
      "/srv/demo -> /srv/demo",
      "/state/covers/file -> /srv/demo/.env ro",
      "/srv/demo/.git -> /srv/demo/.git ro",
      "/srv/demo/a -> /srv/demo/a",
      "/state/covers/folder -> /srv/demo/a/secrets ro",
      "/srv/demo/vendor -> /srv/demo/vendor",
      "/srv/demo/vendor/.git -> /srv/demo/vendor/.git ro",
    ]);
  });

  it("has no volume to fill, and somebody who watches", () => {
    const { spec, ids } = compile();
    expect(ids.filter((id) => id.startsWith("volume:workspace."))).toEqual([]);
    expect(spec.prepare.map((each) => each.kind)).toEqual(["guard"]);
    expect(spec.guard).toBe("watched");
  });

  it("writes nowhere when it only reads", () => {
    const mounts = compile({ workspace: { mode: "live", readOnly: true } }).spec.body.HostConfig.Mounts;
    expect(mounts.filter((each) => !each.ReadOnly)).toEqual([]);
  });

  it("mounts one thing at one place, the strictest", () => {
    const linked = {
      mountPoints: ["a", ".git"],
      shadows: [...VIEW.shadows, { path: ".git/config", kind: "file" }],
    } as const;
    const mounts = mountsOf(compile({ volumes: ["cache:/srv/demo/a"] }, linked));
    expect(mounts.filter((each) => each.includes("-> /srv/demo/.git ") || each.endsWith("-> /srv/demo/.git"))).toEqual([
      "/srv/demo/.git -> /srv/demo/.git ro",
    ]);
    expect(mounts.filter((each) => each.endsWith("-> /srv/demo/a"))).toEqual(["coop.demo.volume.cache -> /srv/demo/a"]);
  });

  it("is another one when something else must be hidden", () => {
    const more = { shadows: [...VIEW.shadows, { path: "new.pem", kind: "file" }] } as const;
    expect(mountsOf(compile({}, more))).toContain("/state/covers/file -> /srv/demo/new.pem ro");
  });

  it("is told in one sentence, the covers apart", () => {
    expect(looseningsOf(compile().spec)).toEqual([
      "write to the live tree /srv/demo of the host: what it writes there is yours at once",
    ]);
    expect(looseningsOf(compile({ workspace: { mode: "live", readOnly: true } }).spec)).toEqual([
      "read the live tree /srv/demo of the host",
    ]);
  });
});

describe("a live tree is refused", () => {
  it.for([
    [
      "that the sandbox's user cannot write",
      {},
      { owner: { uid: 0, gid: 0, mode: 0o755 } },
      "on a tree that its user cannot write",
    ],
    [
      "whose group only reads",
      {},
      { owner: { uid: 0, gid: 1000, mode: 0o757 } },
      "on a tree that its user cannot write",
    ],
    ["that holds coop's own settings", {}, { unfit: "holds-coop" }, "on a tree that holds coop's own settings"],
    ["where nothing can watch", {}, { unfit: "no-linux" }, "on a host that is not Linux"],
  ] as const)("%s", ([, agent, view, because]) => {
    const [refused] = compile(agent, view).refused;
    expect(refused).toMatch(/^COOP3001 \d+:/);
    expect(refused).toContain(because);
  });

  it.for([
    ["whose group may write", {}, { owner: { uid: 0, gid: 1000, mode: 0o775 } }],
    ["that anybody may write", {}, { owner: { uid: 0, gid: 0, mode: 0o777 } }],
    ["that it only reads", { workspace: { mode: "live", readOnly: true } }, { owner: { uid: 0, gid: 0, mode: 0o755 } }],
  ] as const)("but not one %s", ([, agent, view]) => {
    expect(compile(agent, view).refused).toEqual([]);
  });
});
