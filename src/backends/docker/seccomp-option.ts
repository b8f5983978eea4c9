import type Dockerode from "dockerode";
import { SECCOMP_OPTION, SECCOMP_PROFILE, seccompOption } from "../../../compilers/container/seccomp-profile.ts";

/** The profile itself, as Docker takes it. */
export const INLINE_SECCOMP = `seccomp=${JSON.stringify(SECCOMP_PROFILE)}`;

/** A create body with the profile itself in the place of its name: the engine takes no file of ours. */
export function withSeccompProfile(body: Dockerode.ContainerCreateOptions): Dockerode.ContainerCreateOptions {
  const options = (body.HostConfig?.SecurityOpt ?? []).map((each: string) =>
    each === SECCOMP_OPTION ? INLINE_SECCOMP : each,
  );
  return { ...body, HostConfig: { ...body.HostConfig, SecurityOpt: options } };
}

/** A security option as a spec has it: a profile by its name. One that cannot be read is nobody's. */
export function namedSecurityOption(option: string): string {
  if (option === INLINE_SECCOMP) return SECCOMP_OPTION;
  if (!option.startsWith("seccomp={")) return option;
  try {
    return seccompOption(JSON.parse(option.slice("seccomp=".length)));
  } catch {
    return "seccomp=unreadable";
  }
}
