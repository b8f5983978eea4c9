import { expect, it } from "vitest";
import { labelsOf } from "../../src/backend/labels.ts";
import { claimOf, concerns, settleTwins } from "../../src/backend/ownership.ts";
import type { Claims } from "../../src/backend/ownership.ts";
import type { ResourceId } from "../../src/graph/resource.ts";
import type { Observed } from "../../src/graph/snapshot.ts";

const ONE: ResourceId = "container:sandbox.one.0";
const TWO: ResourceId = "container:sandbox.two.0";
const CLAIMS: Claims = {
  project: "demo",
  wanted: new Map([
    ["container:coop.demo.sandbox.one.0", ONE],
    ["container:coop.demo.sandbox.two.0", TWO],
    ["volume:coop.demo.volume.cache", "volume:volume.cache"],
  ]),
};
const labelled = (id: string, project = "demo") => labelsOf(project, id, "sha256:0");

it.for([
  {
    name: "our name and our labels",
    kind: "container",
    called: "coop.demo.sandbox.one.0",
    labels: labelled(ONE),
    claim: { id: ONE, ownership: "ours" },
  },
  {
    name: "our labels under another name",
    kind: "container",
    called: "elsewhere",
    labels: labelled(ONE),
    claim: { id: ONE, ownership: "ours" },
  },
  {
    name: "our name without labels",
    kind: "container",
    called: "coop.demo.sandbox.one.0",
    labels: {},
    claim: { id: ONE, ownership: "foreign" },
  },
  {
    name: "our name with the labels of another project",
    kind: "container",
    called: "coop.demo.sandbox.one.0",
    labels: labelled(ONE, "other"),
    claim: { id: ONE, ownership: "foreign" },
  },
  {
    name: "the labels of one under the name of another",
    kind: "container",
    called: "coop.demo.sandbox.two.0",
    labels: labelled(ONE),
    claim: { id: TWO, ownership: "foreign" },
  },
  {
    name: "the project's label and no id",
    kind: "container",
    called: "elsewhere",
    labels: { "coop.dev/project": "demo" },
    claim: { id: "container:elsewhere", ownership: "copied" },
  },
  {
    name: "an id of another kind",
    kind: "volume",
    called: "elsewhere",
    labels: labelled(ONE),
    claim: { id: "volume:elsewhere", ownership: "copied" },
  },
  {
    name: "a volume with our labels under another name",
    kind: "volume",
    called: "elsewhere",
    labels: labelled("volume:volume.cache"),
    claim: { id: "volume:volume.cache", ownership: "copied" },
  },
  {
    name: "what is no longer declared",
    kind: "container",
    called: "coop.demo.sandbox.gone.0",
    labels: labelled("container:sandbox.gone.0"),
    claim: { id: "container:sandbox.gone.0", ownership: "ours" },
  },
])("judges $name", ({ kind, called, labels, claim }) => {
  const bearer = { kind, name: called, labels };
  expect(concerns(CLAIMS, bearer)).toBe(true);
  expect(claimOf(CLAIMS, bearer)).toEqual(claim);
});

it("passes over what is of no concern", () => {
  expect(concerns(CLAIMS, { kind: "container", name: "elsewhere", labels: labelled(ONE, "other") })).toBe(false);
  expect(concerns(CLAIMS, { kind: "network", name: "coop.demo.sandbox.one.0", labels: {} })).toBe(false);
});

function seen(name: string, made = true): Observed & { readonly made: boolean } {
  return {
    id: ONE,
    kind: "container",
    handle: name,
    name,
    ownership: "ours",
    digest: "",
    live: {},
    phase: { kind: "present" },
    made,
  };
}

it.for([
  {
    name: "the one under the derived name, whatever it is made of",
    all: [seen("coop.demo.sandbox.one.0", false)],
    ours: ["coop.demo.sandbox.one.0"],
  },
  {
    name: "the one under the derived name, and no copy of it",
    all: [seen("copy"), seen("coop.demo.sandbox.one.0")],
    ours: ["coop.demo.sandbox.one.0"],
  },
  { name: "a single one under another name that is what we make", all: [seen("renamed")], ours: ["renamed"] },
  { name: "no single one under another name that is not", all: [seen("planted", false)], ours: [] },
  { name: "none of two that are both elsewhere", all: [seen("here"), seen("there")], ours: [] },
])("takes for ours $name", ({ all, ours }) => {
  const settled = settleTwins("demo", all, (each) => each.made);
  expect(settled.filter((each) => each.ownership === "ours").map((each) => each.name)).toEqual(ours);
});
