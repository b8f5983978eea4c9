import { checkText } from "../../src/config/check-text.ts";
import type { Model } from "../../src/model/model.ts";

/** The text's diagnostics, short: `COOP2001 3:22 There is …`. */
export function problems(text: string): readonly string[] {
  return checkText(text, { file: "coop.yaml", folderName: "demo" }).diagnostics.map(
    ({ code, span, message }) =>
      `${code} ${span === null ? "-" : `${span.start.line}:${span.start.column}`} ${message}`,
  );
}

/** The names of the text's diagnostics. */
export function problemNames(text: string): readonly string[] {
  return checkText(text, { file: "coop.yaml", folderName: "demo" }).diagnostics.map(({ name }) => name);
}

/** The hints of the text's diagnostics. */
export function hints(text: string): readonly string[] {
  return checkText(text, { file: "coop.yaml", folderName: "demo" }).diagnostics.map(({ hint }) => hint);
}

/** The model of a text without errors. */
export function modelOf(text: string, folderName = "demo"): Model {
  const checked = checkText(text, { file: "coop.yaml", folderName });
  if (!checked.ok) throw new Error(checked.diagnostics.map(({ code, message }) => `${code} ${message}`).join("\n"));
  return checked.value;
}

/** A model as JSON without the places where it was written: what must be equal for equal meaning. */
export function meaning(model: Model): string {
  return JSON.stringify(model, (key, value: unknown) => (/origin$/iu.test(key) ? undefined : value), 2);
}
