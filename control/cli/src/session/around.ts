/** The package around a file: what `vnf.yaml` says of the component that the file is of counts when the file runs by itself, too. */
import { existsSync, readFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import type { Component, Framework, Vnf } from "@coven/contract";
import { findSource, parseVnf } from "@coven/package";

/** A component's source lies so many folders below its package at most. */
const levels = 3;

function descriptorAbove(folder: string): string | undefined {
  let at = folder;
  for (let level = 0; level < levels; level++, at = dirname(at)) if (existsSync(join(at, "vnf.yaml"))) return at;
  return undefined;
}

export type Around = Pick<Component, "outputs" | "context" | "settings" | "routine"> & Pick<Vnf, "nsh">;

/** Nothing where no package has this folder for a component's source. Throws, with the position, where the descriptor can't be read. */
export function packageAround(file: string, framework: Framework): Around {
  const source = dirname(resolve(file));
  const folder = descriptorAbove(source);
  if (folder === undefined) return {};
  const { vnf } = parseVnf(readFileSync(join(folder, "vnf.yaml"), "utf8"), join(folder, "vnf.yaml"));
  const found = Object.entries(vnf.components ?? {}).find(([name, component]) => resolve(findSource(name, { ...component, framework }, folder) ?? "") === source);
  if (!found) return {};
  const { outputs, context, settings, routine } = found[1];
  return { ...(outputs && { outputs }), ...(context && { context }), ...(settings && { settings }), ...(routine && { routine }), ...(vnf.nsh?.contexts && { nsh: { contexts: vnf.nsh.contexts } }) };
}
