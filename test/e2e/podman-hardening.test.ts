import "./support/on-podman.ts";
import "./hardening.test.ts";
