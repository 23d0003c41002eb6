/** Framework `c`: every *.c of the source folder becomes one program; or a prebuilt program is taken as it is. */
import type { PpsDriver } from "@coven/contract";
import type { PlatformPaths } from "../../paths.ts";
import { compiledDriver } from "./compiled.ts";

export function cDriver(paths: PlatformPaths): PpsDriver {
  return compiledDriver({ name: "c", language: "C", compiler: () => process.env.CC ?? "cc", endings: [".c"], standard: "gnu11" }, paths);
}
