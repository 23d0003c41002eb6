/** Where the parts of the platform lie that components are built and run with. */
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

export interface PlatformPaths {
  /** The program coven-engine. */
  engine: string;
  /** Holds include/ and build/libcoven.a. */
  sdkC: string;
  /** What goes to PYTHONPATH: holds the package coven, with its native part. */
  sdkPython: string;
  /** Holds src/index.ts and build/coven.node. */
  sdkNode: string;
  /** The library of Java components. */
  sdkJava: string;
  /** Holds Cargo.toml and build/libcoven.rlib. */
  sdkRust: string;
  /** The adapter of the framework netdev. */
  netdev: string;
  /** The adapter of the framework memif. */
  memif: string;
  /** The program of the mock framework. */
  mock: string;
}

/** The paths below one folder: COVEN_HOME, else the folder above this file that holds spec/channel.toml. */
export function platformPaths(home = process.env.COVEN_HOME ?? platformRoot()): PlatformPaths {
  return {
    engine: process.env.COVEN_ENGINE ?? engineIn(home),
    sdkC: join(home, "sdk/c"),
    sdkPython: join(home, "sdk/python/build"),
    sdkNode: join(home, "sdk/node"),
    sdkJava: join(home, "sdk/java/build/coven-sdk.jar"),
    sdkRust: join(home, "sdk/rust"),
    netdev: join(home, "sdk/adapters/build/coven-netdev"),
    memif: join(home, "sdk/adapters/build/coven-memif"),
    mock: join(home, "control/pps/src/drivers/mock/program.mjs"),
  };
}

function platformRoot(): string {
  let folder = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(folder, "spec/channel.toml"))) {
    const above = dirname(folder);
    if (above === folder) throw new Error("the platform's folder is not known: set COVEN_HOME to it");
    folder = above;
  }
  return folder;
}

/** An installed engine, else the newest kind that cargo has built; the release one if there is none yet. */
function engineIn(home: string): string {
  const places = ["bin/coven-engine", "engine/target/release/coven-engine", "engine/target/debug/coven-engine"].map((place) => join(home, place));
  return places.find(existsSync) ?? (places[1] as string);
}
