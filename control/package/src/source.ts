/** Where a component's source lies in its package (spec/vnf-package.md). */
import { statSync } from "node:fs";
import { isAbsolute, join, normalize, sep } from "node:path";
import type { Component } from "@coven/contract";

/** The places that are looked at, in order, relative to the package. */
export const sourceCandidates = (name: string, component: Component): string[] => (component.source === undefined ? [`${name}-${component.framework}`, name] : [component.source]);

/** The component's source folder, or nothing if the package has none. */
export const findSource = (name: string, component: Component, folder: string): string | undefined =>
  sourceCandidates(name, component)
    .filter(isInside)
    .map((place) => join(folder, place))
    .find((path) => kindOf(path) === "folder");

/** What the component needs and the package lacks, or nothing: its prebuilt artifacts, else its source folder and the entry there. */
export function missingSource(name: string, component: Component, folder: string): string | undefined {
  if (component.artifact) return Object.values(component.artifact).find((path) => !isInside(path) || kindOf(join(folder, path)) !== "file");
  const source = findSource(name, component, folder);
  if (source === undefined) return sourceCandidates(name, component).map((place) => `${place.replace(/\/+$/, "")}/`).join(" or ");
  const { entry } = component;
  return entry !== undefined && (!isInside(entry) || kindOf(join(source, entry)) !== "file") ? join(source, entry).slice(join(folder, sep).length) : undefined;
}

const isInside = (path: string): boolean => !isAbsolute(path) && normalize(path).split(sep)[0] !== "..";

function kindOf(path: string): "file" | "folder" | undefined {
  const is = statSync(path, { throwIfNoEntry: false });
  return is?.isDirectory() ? "folder" : is?.isFile() ? "file" : undefined;
}
