import { checkText } from "../../src/config/check-text.ts";
import type { LoadedProject } from "../../src/config/load.ts";
import type { Model } from "../../src/model/model.ts";

/** A coop.yaml as a value: JSON is YAML. */
export type FileValue = Readonly<Record<string, unknown>>;

/** The meaning of a file that is right. */
export function aModel(file: FileValue | string): Model {
  const text = typeof file === "string" ? file : JSON.stringify({ version: "coop/v1", ...file }, null, 2);
  const found = checkText(text, { file: "coop.yaml", folderName: "demo" });
  if (!found.ok)
    throw new Error(
      `the test's own file is wrong:\n${found.diagnostics.map((each) => `${each.code} ${each.message}`).join("\n")}\n${text}`,
    );
  return found.value;
}

/** A project whose repository is an empty folder that nothing reads. */
export function aProject(file: FileValue | string): LoadedProject {
  const text = typeof file === "string" ? file : JSON.stringify(file);
  return { model: aModel(file), file: "coop.yaml", path: "/srv/demo/coop.yaml", root: "/srv/demo", text };
}
