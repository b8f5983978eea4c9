import type { ErrorObject } from "ajv";

export interface WordedError {
  readonly path: readonly string[];
  readonly sentence: string;
}

/** What the schema refuses, in words. */
export function wordedError(error: ErrorObject): WordedError {
  const path = error.instancePath
    .split("/")
    .slice(1)
    .map((each) => each.replaceAll("~1", "/").replaceAll("~0", "~"));
  const name = path.length === 0 ? "The file" : `\`${path.at(-1)}\``;
  const say = (sentence: string, below?: string): WordedError => ({
    path: below === undefined ? path : [...path, below],
    sentence,
  });
  const fact = (key: string): string => {
    const value: unknown = error.params[key];
    return Array.isArray(value) ? value.join(", ") : String(value);
  };
  switch (error.keyword) {
    case "additionalProperties": {
      const key = fact("additionalProperty");
      return say(`\`${key}\` is not a field here.`, key);
    }
    case "required":
      return say(`${name} needs \`${fact("missingProperty")}\`.`);
    case "type":
      return say(`${name} must be of the type ${fact("type")}.`);
    case "const":
      return say(`${name} must be ${JSON.stringify(error.params["allowedValue"])}.`);
    case "enum":
      return say(`${name} must be one of ${fact("allowedValues")}.`);
    case "pattern":
      return say(`${name} must look like ${fact("pattern")}.`);
    case "propertyNames":
      return say(`\`${fact("propertyName")}\` is no name that can stand here.`, fact("propertyName"));
    default:
      return say(`${name} is too short, too long or too small (${error.keyword} ${fact("limit")}).`);
  }
}
