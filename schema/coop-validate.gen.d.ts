// Made from coop.v1.schema.json by `npm run generate`. Do not edit.
import type { ErrorObject } from "ajv";

export declare const validateCoopFile: {
  (value: unknown): boolean;
  readonly errors?: readonly ErrorObject[] | null;
};
