/** Framework `cpp`: as framework `c`, by a C++ compiler. */
import type { PpsDriver } from "@coven/contract";
import type { PlatformPaths } from "../../paths.ts";
import { compiledDriver } from "../c/compiled.ts";

export function cppDriver(paths: PlatformPaths): PpsDriver {
  return compiledDriver({ name: "cpp", language: "C++", compiler: () => process.env.CXX ?? "c++", endings: [".cc", ".cpp", ".cxx"], standard: "c++17" }, paths);
}
