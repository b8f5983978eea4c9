import { describe, expect, it } from "vitest";
import { whereItCouldGo } from "../../src/grants/where-it-could-go.ts";
import { aModel } from "../support/project.ts";
import type { FileValue } from "../support/project.ts";

const RULES = [
  { name: "model", host: "api.example.com" },
  { name: "evil", host: "evil.example.net" },
];

const of = (file: FileValue): readonly string[] =>
  whereItCouldGo(aModel({ egress: { rules: RULES }, ...file }), "agents.coder");

const HIM = { run: ["true"], egress: ["evil"] };

describe("where a value could go", () => {
  it("is the hosts of who gets it, and nothing of strangers", () => {
    expect(of({ agents: { coder: { egress: ["model"] }, other: HIM } })).toEqual(["api.example.com:443"]);
  });

  it("is nowhere for an agent that meets nobody", () => {
    expect(of({ agents: { coder: {}, other: HIM } })).toEqual([]);
  });

  it.for<[string, FileValue]>([
    [
      "a service that reaches hosts",
      { agents: { coder: { services: ["db"] } }, services: { db: { image: "redis:7", egress: ["evil"] } } },
    ],
    [
      "another agent of the same service",
      {
        agents: { coder: { services: ["db"] }, other: { ...HIM, services: ["db"] } },
        services: { db: { image: "redis:7" } },
      },
    ],
    [
      "another agent of the same volume",
      { agents: { coder: { volumes: ["x:/x"] }, other: { ...HIM, volumes: ["x:/y"] } } },
    ],
    ["the user's tree", { agents: { coder: { workspace: "live" }, other: HIM } }],
    ["another agent's published port", { agents: { coder: { hostPorts: [3000] }, other: { ...HIM, ports: [3000] } } }],
    [
      "a chain of these",
      {
        agents: {
          coder: { volumes: ["x:/x"] },
          between: { volumes: ["x:/x"], services: ["db"] },
          other: { ...HIM, services: ["far"] },
        },
        services: { db: { image: "redis:7", dependsOn: ["far"] }, far: { image: "redis:7" } },
      },
    ],
  ])("goes on by %s", ([, file]) => {
    expect(of(file)).toContain("evil.example.net:443");
  });

  it("names the resolvers that the file brings, which say where a name leads", () => {
    expect(
      of({ agents: { coder: { egress: ["model"] } }, egress: { resolvers: ["203.0.113.5"], rules: RULES } }),
    ).toEqual(["api.example.com:443", "names by 203.0.113.5"]);
  });

  it("names the host's own ports", () => {
    expect(of({ agents: { coder: { hostPorts: [5432] } } })).toEqual(["this machine:5432"]);
  });
});
