/** Writes spec/openapi.json, docs/errors.md and the client's types. `make generate` */
import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { errorsPage, openapi } from "./documents.ts";

const root = new URL("../../../", import.meta.url);
writeFileSync(new URL("spec/openapi.json", root), await openapi());
writeFileSync(new URL("docs/errors.md", root), errorsPage());
execFileSync("npx", ["openapi-typescript", "spec/openapi.json", "-o", "control/client/src/generated.ts"], { cwd: root, stdio: "inherit" });
