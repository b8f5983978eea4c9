import { describe, expect, it } from "vitest";
import { leftovers } from "../../src/backend/leftovers.ts";
import type { LeftoverFacts, Remnant } from "../../src/backend/leftovers.ts";

const anObject = (given: Partial<Remnant>): Remnant => ({
  kind: "container",
  name: "coop.shop.sandbox.coder.0",
  handle: "h",
  project: "shop",
  id: "container:sandbox.coder.0",
  repository: "/gone/shop",
  session: null,
  running: false,
  used: false,
  ...given,
});

const facts = (given: Partial<LeftoverFacts> = {}): LeftoverFacts => ({
  exists: (folder) => !folder.startsWith("/gone/"),
  owner: () => "dead",
  local: true,
  images: false,
  ...given,
});

const names = (remnants: readonly Remnant[], given: Partial<LeftoverFacts> = {}): readonly string[] =>
  leftovers(remnants, facts(given)).map(({ remnant }) => remnant.name);

describe("what nobody needs any more", () => {
  it("is everything of a project whose folder is gone, in the order in which it can be removed", () => {
    const volume = anObject({ kind: "volume", name: "v", id: "volume:workspace.coder.0" });
    const network = anObject({ kind: "network", name: "n", id: "network:gateway" });
    const forwarder = anObject({ name: "a-forwarder", id: "container:forwarder.sandbox.coder.0" });
    const sandbox = anObject({ name: "z-sandbox" });
    expect(names([volume, network, forwarder, sandbox])).toEqual(["z-sandbox", "a-forwarder", "n", "v"]);
  });

  it("says of which volumes that they may hold data", () => {
    const ids = ["volume:workspace.coder.0", "volume:data.db", "volume:key.sandbox.coder.0", "volume:policy"] as const;
    const found = leftovers(
      ids.map((id) => anObject({ kind: "volume", name: id, id })),
      facts(),
    );
    expect(found.filter((each) => each.holdsData).map((each) => each.remnant.name)).toEqual([
      "volume:data.db",
      "volume:workspace.coder.0",
    ]);
  });

  const living: readonly (readonly [string, readonly Remnant[], Partial<LeftoverFacts>])[] = [
    ["whose folder is there", [anObject({ repository: "/there" })], {}],
    ["of which one folder is there", [anObject({}), anObject({ repository: "/there" })], {}],
    ["whose objects name no folder", [anObject({ repository: null })], {}],
    ["with a session that somebody has open", [anObject({}), anObject({ session: "s" })], { owner: () => "alive" }],
    ["with a session of another machine", [anObject({}), anObject({ session: "s" })], { owner: () => "unknown" }],
    ["of an engine elsewhere", [anObject({})], { local: false }],
  ];
  it.each(living)("is nothing of a project %s", (_, remnants, given) => {
    expect(names(remnants, given)).toEqual([]);
  });

  it("is an image that nothing uses, only where images are asked for", () => {
    const image = anObject({ kind: "image", name: "unused", project: null, id: null, repository: null });
    const used = { ...image, name: "used", used: true };
    expect(names([image, used])).toEqual([]);
    expect(names([image, used], { images: true })).toEqual(["unused"]);
  });
});
