import { type Guard, WHOLE } from "../../../src/gateway/guards.ts";
import type { GatewayDeps } from "../../../src/gateway/gateway.ts";
import type { PolicyRule } from "../../../src/gateway/policy.ts";
import { aRoot, someProvisions } from "./authority.ts";
import { aCertificate } from "./certificate.ts";
import { type Lane, LANES, type Range } from "./lanes.ts";
import { type Seen, naiveUpstream } from "./naive-upstream.ts";
import { type World, aPolicy, aRule, aWorld, listening } from "./world.ts";

const NAMES = ["api.test", "evil.test"] as const;
const certificate = aCertificate(NAMES);
const root = await aRoot();
const authority = await root.issue(NAMES.map((name) => ({ kind: "exact", name }) as const));

/** A gateway with all of its guards, or with all but one, and an upstream behind it that believes everything. */
export interface ShootingRange extends Range {
  readonly world: World;
  readonly seen: readonly Seen[];
}

/** What the rules of a range say for both of its ports. */
export type RangeRules = readonly Partial<PolicyRule>[];

export async function aRange(
  rules: RangeRules,
  off: Guard | null,
  deps: Partial<GatewayDeps> = {},
): Promise<ShootingRange> {
  const seen: Seen[] = [];
  const httpPort = await listening(naiveUpstream(null, (each) => seen.push(each)));
  const httpsPort = await listening(naiveUpstream(certificate, (each) => seen.push(each)));
  const both = rules.flatMap((fields) => [
    aRule({ ...fields, ports: [httpPort], protocol: "http" }),
    aRule({ ...fields, ports: [httpsPort], tls: "intercept" }),
  ]);
  const named = both.map((rule, index) => ({ ...rule, name: `${rule.name}-${index}` }));
  const policy = { ...aPolicy({ "agent/coder": { rules: named } }), trust: certificate.cert };
  const world = await aWorld(policy, { guards: new Set([...WHOLE].filter((each) => each !== off)), ...deps });
  for (const name of NAMES) world.addresses.set(name, ["127.0.0.1"]);
  world.provide(someProvisions(authority));
  const forwarder = await world.forwarder("agent/coder/0");
  return { world, seen, httpPort, httpsPort, forwarder, root: root.cert };
}

/** The lanes on which an attack comes through: `fire` shoots, `hit` says whether the upstream was hit since. */
export async function hitLanes(
  range: ShootingRange,
  lanes: readonly Lane[],
  fire: (lane: Lane) => Promise<unknown>,
  hit: (seen: readonly Seen[]) => boolean,
): Promise<readonly Lane[]> {
  const through: Lane[] = [];
  for (const lane of lanes) {
    const before = range.seen.length;
    await fire(lane);
    if (hit(range.seen.slice(before))) through.push(lane);
  }
  return through;
}

export { LANES };
