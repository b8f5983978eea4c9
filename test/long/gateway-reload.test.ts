import { it } from "vitest";
import { reloadUnderLoad } from "../gateway/support/reload-under-load.ts";

it("answers 10,000 requests by one set of rules at a time while they change 100 times", { timeout: 600_000 }, () =>
  reloadUnderLoad(10_000, 100),
);
