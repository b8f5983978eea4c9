import { CoopError } from "../../diagnostics/coop-error.ts";

const UNIT_MS = { h: 3_600_000, d: 86_400_000 } as const;

/** `90d`, `12h`, `2026-12-31` or a whole time → ISO 8601 in UTC. Rejects what is neither, or is over. */
export function expiryOf(written: string, now: number): string {
  const [, count, unit] = /^(\d{1,5})(h|d)$/u.exec(written) ?? [];
  const at =
    unit === "h" || unit === "d"
      ? now + Number(count) * UNIT_MS[unit]
      : /^\d{4}-\d\d-\d\d(?:T[\d:.]+(?:Z|[+-]\d\d:\d\d))?$/u.test(written)
        ? Date.parse(written)
        : Number.NaN;
  if (Number.isNaN(at)) {
    throw new CoopError("USAGE", `"${written.slice(0, 40)}" is no time.`, {
      mend: "Write 90d, 12h, 2027-12-31 or 2027-12-31T12:00:00Z.",
    });
  }
  if (at <= now) throw new CoopError("USAGE", `${written} is over already.`, { mend: "Name a time to come." });
  return new Date(at).toISOString();
}
