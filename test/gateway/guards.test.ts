import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { GUARDS } from "../../src/gateway/guards.ts";

const ROOT = join(import.meta.dirname, "../..");

function textOf(pattern: string): ReadonlyMap<string, string> {
  return new Map(globSync(pattern, { cwd: ROOT }).map((file) => [file, readFileSync(join(ROOT, file), "utf8")]));
}

it.for(GUARDS)("%s is looked at in the gateway and has an attack that only it stops", (guard) => {
  const used = [...textOf("src/gateway/**/*.ts")].filter(
    ([file, text]) => !file.endsWith("guards.ts") && text.includes(`"${guard}"`),
  );
  const attacked = [...textOf("test/gateway/attacks-*.test.ts").values()].filter((text) => text.includes(`"${guard}"`));
  expect(used.length).toBeGreaterThan(0);
  expect(attacked.length).toBeGreaterThan(0);
});

it("nothing but the tests lends a gateway fewer guards than all", () => {
  const lenders = [...textOf("{src,compilers,bin,bench,scripts}/**/*.{ts,mjs}")].filter(([, text]) =>
    /\bguards:\s*new\b|\bguards:\s*\{/.test(text),
  );
  expect(lenders.map(([file]) => file)).toEqual([]);
  const made = [...textOf("{src,compilers,bin,bench,scripts}/**/*.{ts,mjs}")].filter(([, text]) =>
    /new Set[^\n]*GUARDS/.test(text),
  );
  expect(made.map(([file]) => file)).toEqual(["src/gateway/guards.ts"]);
});
