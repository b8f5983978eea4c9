/** One line of the gateway's log as people read it, without its line feed; what is no decision is shown as it is. */
export function decisionText(line: string): string {
  const entry = parsed(line);
  if (entry === null || entry["event"] !== "decision") return line;
  const text = (key: string): string => (typeof entry[key] === "string" ? entry[key] : "");
  const count = (key: string): number => (typeof entry[key] === "number" ? entry[key] : 0);
  const allowed = entry["verdict"] === "allow";
  const where = count("port") === 0 ? text("host") : `${text("host")}:${count("port")}`;
  const request = text("method") === "" ? "" : ` ${text("method")} ${text("path")}`;
  const why = allowed
    ? `by ${text("rule")}`
    : `${text("code")}${text("rule") === "" ? "" : `, nearest ${text("rule")}`}`;
  const bytes =
    allowed && entry["via"] !== "name"
      ? `  ${count("bytesSent")} B out, ${count("bytesReceived")} B in, ${count("durationMs")} ms`
      : "";
  const again = count("repeated") > 0 ? `  (${count("repeated")} more like it)` : "";
  const via = entry["via"] === "name" ? "name " : "";
  return `${text("time").slice(11, 23)}  ${allowed ? "allow" : "DENY "}  ${text("sandbox")}  ${via}${where}${request}  ${why}${bytes}${again}`;
}

function parsed(line: string): Readonly<Record<string, unknown>> | null {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === "object" && value !== null ? { ...value } : null;
  } catch {
    return null;
  }
}
