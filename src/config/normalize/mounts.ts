import type { VolumeMount } from "../../model/model.ts";
import type { Places } from "../places.ts";
import { parseMount } from "../volume-mount.ts";
import { byText } from "./layers.ts";

/** Volume mounts by their targets. */
export function normalizeMounts(written: readonly string[] | undefined, places: Places): readonly VolumeMount[] {
  return (written ?? [])
    .flatMap((text, index) => {
      const mount = parseMount(text);
      return mount === null ? [] : [{ ...mount, origin: places.value(written ?? [], index) }];
    })
    .toSorted((a, b) => byText(a.target, b.target));
}
