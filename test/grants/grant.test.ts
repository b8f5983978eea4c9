import { describe, expect, it } from "vitest";
import { grantFor, grantRequests, isGranted, requestText } from "../../src/grants/grant.ts";
import type { GrantedRepository, GrantRequest } from "../../src/grants/grant.ts";
import { aModel } from "../support/project.ts";

const SHOP = { path: "/srv/shop", clone: "git:1" };

const FILE = {
  agents: {
    coder: { run: ["true"], egress: ["model"], environment: { TOKEN: { env: "GITHUB_TOKEN" }, MODE: "test" } },
  },
  egress: { rules: [{ name: "model", host: "api.example.com" }] },
};

function only(file: Parameters<typeof aModel>[0]): GrantRequest {
  const [request, ...others] = grantRequests(aModel(file));
  if (request === undefined || others.length > 0) throw new Error("the test's file asks for exactly one thing");
  return request;
}

describe("grantRequests", () => {
  it("asks for host variables alone, and says where they could be sent", () => {
    expect(requestText(only(FILE))).toBe(
      "agents.coder wants your env:GITHUB_TOKEN as TOKEN, which may reach api.example.com:443",
    );
  });
});

describe("isGranted", () => {
  const request = only(FILE);
  const granted = [grantFor(request, SHOP)];

  it("holds for the same request of the same repository", () => {
    expect(isGranted(request, SHOP, granted)).toBe(true);
  });

  it.for<[string, GrantRequest, GrantedRepository]>([
    ["another repository, such as a fork of it", request, { ...SHOP, path: "/srv/fork" }],
    ["another clone at the same path", request, { ...SHOP, clone: "git:2" }],
    ["another variable of the user's", { ...request, source: "env:AWS_SECRET_ACCESS_KEY" }, SHOP],
    ["a host more", { ...request, hosts: [...request.hosts, "evil.example.net:443"] }, SHOP],
    ["another host", { ...request, hosts: ["evil.example.net:443"] }, SHOP],
    ["every host", { ...request, hosts: ["every public host"] }, SHOP],
    ["another agent", { ...request, subject: "agents.other" }, SHOP],
    ["another name inside", { ...request, name: "OTHER" }, SHOP],
  ])("does not hold for %s", ([, asked, repository]) => {
    expect(isGranted(asked, repository, granted)).toBe(false);
  });

  it("holds when hosts are taken away", () => {
    expect(isGranted({ ...request, hosts: [] }, SHOP, granted)).toBe(true);
  });
});
