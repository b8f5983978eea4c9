// Made from provider.v1.schema.json by `npm run generate`. Do not edit.
import type { ErrorObject } from "ajv";

export declare const validateProviderFile: {
  (value: unknown): boolean;
  readonly errors?: readonly ErrorObject[] | null;
};
