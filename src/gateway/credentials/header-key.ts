/** A header's name as servers compare it: many read `X_Api_Key` as `X-Api-Key`. */
export function headerKey(name: string): string {
  return name.toLowerCase().replaceAll("_", "-");
}
