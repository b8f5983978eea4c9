import { describe, expect, it } from "vitest";
import { silent } from "./support/attack.ts";
import { SENT } from "./support/attacks-sent.ts";
import { SHOWN } from "./support/attacks-shown.ts";
import { WITHOUT } from "./support/guards.ts";
import { SECRET, type Unguarded, aVictim } from "./support/victim.ts";

const ATTACKS = [...SENT, ...SHOWN];

describe("each attack succeeds where exactly its guard is missing", () => {
  it.for(ATTACKS.map((each) => [each.name, each] as const))("%s", { timeout: 60_000 }, async ([, attack]) => {
    const unguarded: Unguarded = WITHOUT[attack.guard];
    const victim = await aVictim({ serve: silent, ...attack.choice }, unguarded);
    expect(await attack.run(victim)).toBe(true);
  });

  it("and every guard has one", () => {
    const stopped = new Set(ATTACKS.map((each) => each.guard));
    const elsewhere = ["rules that cannot be enforced", "a look into WebSockets"];
    expect(Object.keys(WITHOUT).filter((each) => !stopped.has(each as never) && !elsewhere.includes(each))).toEqual([]);
  });
});

/** Every pair of a way in, what the client speaks and what the upstream speaks. */
const LEGS = [
  { way: "explicit", client: "h1", h2: false },
  { way: "transparent", client: "h1", h2: false },
  { way: "transparent", client: "h1", h2: true },
  { way: "explicit", client: "h2", h2: true },
  { way: "transparent", client: "h2", h2: false },
] as const;

describe.for(LEGS)("none succeeds: $way, client $client, upstream h2 $h2", ({ way, client, h2 }) => {
  const possible = ATTACKS.filter((each) => each.only === undefined || (client === each.only && !h2));
  it.for(possible.map((each) => [each.name, each] as const))("%s", { timeout: 60_000 }, async ([, attack]) => {
    const victim = await aVictim({ serve: silent, ...attack.choice, way, client, h2 });
    expect(await attack.run(victim)).toBe(false);
    expect(
      victim.at.world
        .lines()
        .map((each) => JSON.stringify(each))
        .join(),
    ).not.toContain(SECRET);
  });
});
