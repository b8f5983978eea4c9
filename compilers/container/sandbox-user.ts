import type { Agent } from "../../src/model/model.ts";
import type { Context } from "./context.ts";
import { factsOf } from "./context.ts";

/** `uid:gid` or the image's own user where that is not root. */
export function userOf(context: Context, agent: Agent, reference: string): string {
  const own = factsOf(context, reference)?.user ?? "";
  if (agent.unsafe.some((each) => each.key === "root")) return "0:0";
  if (agent.image.source.kind !== "base" && !isRoot(own)) return own;
  return `${context.inputs.user.uid}:${context.inputs.user.gid}`;
}

/** Whether an engine takes this user for root: nobody named is the image's default, which is root, and `00` is 0. */
export function isRoot(user: string): boolean {
  return /^(0*|root)(:|$)/.test(user);
}
