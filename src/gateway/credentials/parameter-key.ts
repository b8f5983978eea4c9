/** As lax servers compare parameters: `Api.Key[]` is `api_key`. */
export function parameterKey(name: string): string {
  return (name.split("[")[0] ?? "").toLowerCase().replaceAll(/[. -]/g, "_");
}
