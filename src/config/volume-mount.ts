/** A volume's text, taken apart; null where it is not `NAME:TARGET` or `NAME:TARGET:ro`. */
export interface WrittenMount {
  readonly volume: string;
  readonly target: string;
  readonly readOnly: boolean;
}

export function parseMount(written: string): WrittenMount | null {
  const [, volume, target, mode] = /^([^:]*):([^:]+?)(?::(ro|rw))?$/u.exec(written) ?? [];
  if (volume === undefined || target === undefined) return null;
  return { volume, target: target === "/" ? target : target.replace(/\/+$/u, ""), readOnly: mode === "ro" };
}
