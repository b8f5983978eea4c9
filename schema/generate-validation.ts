import { Ajv2020 } from "ajv/dist/2020.js";
import standalone from "ajv/dist/standalone/index.js";

/** What is made of a schema. */
export interface ValidatorNames {
  /** The schema's file. */
  readonly schema: string;
  /** The function's name. */
  readonly validate: string;
}

function banner(schema: string): string {
  return `// Made from ${schema} by \`npm run generate\`. Do not edit.\n`;
}

const APPEND = `
function append(errors, more) {
  for (const error of more) errors.push(error);
  return errors;
}
`;

/** The types of that code. It is JavaScript, so that no start of coop strips types from it. */
export function validationTypes(names: ValidatorNames): string {
  return `${banner(names.schema)}import type { ErrorObject } from "ajv";

export declare const ${names.validate}: {
  (value: unknown): boolean;
  readonly errors?: readonly ErrorObject[] | null;
};
`;
}

/** The schema as plain code, so that no command loads or runs a schema compiler. */
export function validationCode(schemaText: string, names: ValidatorNames): string {
  const ajv = new Ajv2020({
    allErrors: true,
    strict: true,
    allowUnionTypes: true,
    messages: false,
    code: { source: true, esm: true },
  });
  const validate = ajv.compile(withoutDescriptions(schemaText));
  // The package's types describe its CommonJS form, where the function is the module's `default`.
  const generate = standalone as unknown as { readonly default: typeof standalone.default };
  const code = generate.default(ajv, validate);
  if (code.includes("require(")) throw new Error("The schema uses a keyword whose code needs ajv at run time.");
  const exported = /export const validate = (\w+);\s*export default \1;/u;
  const main = exported.exec(code)?.[1];
  if (main === undefined) throw new Error("ajv's standalone code has another shape than expected.");
  // ajv copies all errors so far for each item that has one, which takes minutes for a list of many faulty items.
  const body = code
    .replace('"use strict";', "")
    .replace(exported, "")
    .replaceAll(/vErrors\.concat\((\w+)\.errors\)/gu, "append(vErrors, $1.errors)")
    .trim();
  if (/vErrors\.concat/u.test(body)) throw new Error("ajv's standalone code has another shape than expected.");
  return `${banner(names.schema)}${body.replaceAll(/;(?=(?:const|function|export) )/gu, ";\n")}\nexport const ${names.validate} = ${main};\n${body.includes("append(vErrors") ? APPEND : ""}`;
}

function withoutDescriptions(schemaText: string): object {
  return JSON.parse(schemaText, (key: string, value: unknown) =>
    key === "description" && typeof value === "string" ? undefined : value,
  );
}
