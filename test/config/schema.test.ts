import { Ajv2020 } from "ajv/dist/2020.js";
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { validateCoopFile } from "../../schema/coop-validate.gen.js";
import { CATALOG } from "../../src/diagnostics/catalog.ts";
import { modelOf } from "./checked.ts";

interface Node {
  readonly description?: string;
  readonly default?: unknown;
  readonly properties?: Readonly<Record<string, Node>>;
  readonly $defs?: Readonly<Record<string, Node>>;
}

const schema: Node & object = JSON.parse(
  readFileSync(new URL("../../schema/coop.v1.schema.json", import.meta.url), "utf8"),
);
const definitions = Object.entries(schema.$defs ?? {});
const ajv = new Ajv2020({ strict: true, allowUnionTypes: true });

/** What the schema says of a field that is left out. */
function fallback(definition: string, field: string): unknown {
  return schema.$defs?.[definition]?.properties?.[field]?.default;
}

describe("the schema", () => {
  it("describes every field and every definition", () => {
    const fields = [["file", schema] as const, ...definitions].flatMap(([name, node]) =>
      Object.entries(node.properties ?? {}).map(([field, of]) => [`${name}.${field}`, of.description ?? ""] as const),
    );
    for (const [name, description] of [
      ...fields,
      ...definitions.map(([name, node]) => [name, node.description ?? ""] as const),
    ]) {
      expect(description, name).toMatch(/^\S.{10,}\.$/su);
    }
  });

  it("states the defaults that a model has", () => {
    const { agents, services } = modelOf(
      "version: coop/v1\nagents: { a: {} }\nservices: { s: { image: i, healthcheck: { test: x } } }\n",
    );
    expect(agents[0]).toMatchObject({
      isolation: fallback("agentEntry", "isolation"),
      resources: {
        cpus: fallback("resourcesEntry", "cpus"),
        pids: fallback("resourcesEntry", "pids"),
        memoryBytes: 4 * 2 ** 30,
      },
      workspace: {
        mode: fallback("workspaceEntry", "mode"),
        ref: fallback("workspaceEntry", "ref"),
        path: fallback("workspaceEntry", "path"),
        readOnly: fallback("workspaceEntry", "readOnly"),
      },
      image: { buildNetwork: fallback("imageEntry", "network"), source: { base: fallback("imageEntry", "base") } },
    });
    expect(fallback("resourcesEntry", "memory")).toBe("4GiB");
    expect([fallback("serviceEntry", "readyTimeout"), services[0]?.readyTimeoutMs]).toEqual(["2m", 120_000]);
    expect(services[0]).toMatchObject({
      wait: fallback("serviceEntry", "wait"),
      healthcheck: {
        retries: fallback("healthcheckEntry", "retries"),
        intervalMs: 5000,
        timeoutMs: 5000,
        startPeriodMs: 0,
      },
    });
    expect(["interval", "timeout", "startPeriod"].map((field) => fallback("healthcheckEntry", field))).toEqual([
      "5s",
      "5s",
      "0s",
    ]);
  });

  it("is what the code made from it checks", () => {
    const validate = ajv.compile(schema);
    const texts = Object.values(CATALOG)
      .map(({ example }) => example)
      .filter((example) => example.includes("\n"));
    for (const text of texts) {
      let value: unknown;
      try {
        value = parse(text, { uniqueKeys: false, logLevel: "silent" });
      } catch {
        continue;
      }
      expect(validateCoopFile(value), text).toBe(validate(value));
    }
  });
});
