/** The one list of frameworks. A new driver is a folder here and a line below. */
import type { Framework, PpsDriver } from "@coven/contract";
import { outsideDrivers } from "../outside.ts";
import type { PlatformPaths } from "../paths.ts";
import { withRoutines } from "../routine.ts";
import { cDriver } from "./c/driver.ts";
import { clickDriver } from "./click/driver.ts";
import { cppDriver } from "./cpp/driver.ts";
import { javaDriver } from "./java/driver.ts";
import { memifDriver } from "./memif/driver.ts";
import { mockDriver } from "./mock/driver.ts";
import { netdevDriver } from "./netdev/driver.ts";
import { nodeDriver } from "./node/driver.ts";
import { pythonDriver } from "./python/driver.ts";
import { rustDriver } from "./rust/driver.ts";

export function drivers(paths: PlatformPaths): Record<Framework, PpsDriver> {
  return {
    c: withRoutines(cDriver(paths)),
    cpp: withRoutines(cppDriver(paths)),
    python: withRoutines(pythonDriver(paths)),
    typescript: withRoutines(nodeDriver("typescript", paths)),
    javascript: withRoutines(nodeDriver("javascript", paths)),
    java: withRoutines(javaDriver(paths)),
    rust: withRoutines(rustDriver(paths)),
    netdev: netdevDriver(paths),
    click: clickDriver(paths),
    memif: memifDriver(paths),
    mock: mockDriver(paths),
  };
}

/** With those from outside of the tree (outside.ts). */
export const allDrivers = (paths: PlatformPaths): Record<string, PpsDriver> => ({ ...drivers(paths), ...outsideDrivers(paths) });
