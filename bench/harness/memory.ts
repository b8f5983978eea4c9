import { readFileSync, readdirSync } from "node:fs";

/** MiB that only this process has, and all that it has in memory. */
export function memoryOf(pid: number): { readonly own: number; readonly resident: number } {
  const text = readFileSync(`/proc/${pid}/smaps_rollup`, "latin1");
  const of = (key: string): number =>
    Number(new RegExp(`^${key}:\\s+(\\d+)`, "m").exec(text)?.[1] ?? Number.NaN) / 1024;
  return { own: of("Private_Clean") + of("Private_Dirty"), resident: of("Rss") };
}

/** A process and everything below it. */
export function familyOf(pid: number): readonly number[] {
  const children = readdirSync(`/proc/${pid}/task`).flatMap((task) =>
    readFileSync(`/proc/${pid}/task/${task}/children`, "latin1").trim().split(" ").filter(Boolean).map(Number),
  );
  return [pid, ...children.flatMap(familyOf)];
}
