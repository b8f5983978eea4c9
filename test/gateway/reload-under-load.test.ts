import { it } from "vitest";
import { reloadUnderLoad } from "./support/reload-under-load.ts";

it("answers by one set of rules at a time while they change", { timeout: 120_000 }, () => reloadUnderLoad(1000, 25));
