import { parse } from "tldts";

/** Why a wildcard below this name would belong to many owners, or to nobody yet; null where one owner holds it. */
export function broadWildcard(suffix: string, privateTargets: boolean): string | null {
  const known = parse(suffix, { allowPrivateDomains: true, validateHostname: false });
  if (known.isIcann === true || known.isPrivate === true) {
    return known.publicSuffix === suffix ? `anyone can have a name below \`${suffix}\`` : null;
  }
  // A name like `corp` is on no list; with private addresses it is a name of the owner's own network.
  return suffix.includes(".") || privateTargets ? null : `\`${suffix}\` is a whole top-level domain`;
}
