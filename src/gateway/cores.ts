import { writeFileSync } from "node:fs";

/**
 * Keeps the memory of this process, and of all that it starts, out of core dumps. A limit on their size is not enough: where the
 * machine pipes them into a program, the kernel does not look at it. False = this kernel has no such choice.
 */
export function keepMemoryOutOfCores(): boolean {
  try {
    writeFileSync("/proc/self/coredump_filter", "0");
    return true;
  } catch {
    return false;
  }
}
