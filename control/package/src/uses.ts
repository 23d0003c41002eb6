/** Components of other packages (`use: other-vnf/1.2/component`): taken into this package, source and all, before anything else looks at it. */
import { cp, mkdir, readFile, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import type { Component, Reason } from "@coven/contract";
import { type Document, isMap } from "yaml";
import { descriptorName } from "./limits.ts";
import { type Positions, raise } from "./positions.ts";
import { findSource } from "./source.ts";
import { readDocument } from "./yaml.ts";

/** A package that can be taken from: its version and its folder. */
export interface OnShelf { version: string; folder: string }
export interface Shelf {
  /** The versions that there are of a package. */
  of(vnf: string): Promise<OnShelf[]>;
  /** As it is told: "beside this package". */
  place: string;
}

interface Read { document: Document.Parsed; positions: Positions }
interface Found { component: Component; folder: string; name: string }
interface Asking { shelf: Shelf; fail(reason: Reason, values: string[]): never }

/** What is taken lies in folders of this one. */
const takenFolder = "used";
const useRule = /^([a-z][a-z0-9-]{0,62})\/([^/\s]+)\/([a-z][a-z0-9-]{0,62})$/;

const read = async (folder: string, fileName = join(folder, descriptorName)): Promise<Read> => readDocument(await readFile(join(folder, descriptorName), "utf8"), fileName);

function uses({ document }: Read): [name: string, use: unknown][] {
  const components = document.get("components");
  if (!isMap(components)) return [];
  return components.items.flatMap(({ key, value }) => (isMap(value) && value.has("use") ? [[String(key), value.get("use")] as [string, unknown]] : []));
}

/** Does the descriptor take a component from elsewhere? */
export const hasUses = (text: string, fileName: string): boolean => text.includes("use") && uses(readDocument(text, fileName)).length > 0;

/** Rewrites the descriptor in `folder`, and copies what it uses beside it; a package that uses nothing stays as it is. Errors name `fileName`. */
export async function takeUses(folder: string, shelf: Shelf, fileName = descriptorName): Promise<void> {
  const own = await read(folder, fileName);
  const wanted = uses(own);
  for (const [name, use] of wanted) {
    const position = own.positions.at(["components", name, "use"]);
    const fail = (reason: Reason, values: string[]): never => raise([{ position, reason, values: [name, ...values] }]) as never;
    const found = await follow({ shelf, fail }, use, own.document, name, []);
    own.document.setIn(["components", name], own.document.createNode(await take(found, folder, name)));
  }
  if (wanted.length > 0) await writeFile(join(folder, descriptorName), own.document.toString({ lineWidth: 0, flowCollectionPadding: true }));
}

/** The component that is meant, with what each package on the way there says differently. */
async function follow(asking: Asking, use: unknown, document: Document.Parsed, name: string, before: string[]): Promise<Found> {
  const { use: _, ...says } = document.toJS().components[name] as Partial<Component> & { use: unknown };
  const [, vnf = "", version = "", component = ""] = useRule.exec(String(use)) ?? asking.fail("USE", [String(use), "the form is PACKAGE/VERSION/COMPONENT, as in other-vnf/1.2/filter"]);
  if (before.includes(`${vnf}/${component}`)) asking.fail("USE_CYCLE", [[...before, `${vnf}/${component}`].join(" -> ")]);
  const { folder } = await onShelf(asking, String(use), vnf, version);
  const there = (await read(folder)).document;
  const node = there.getIn(["components", component]);
  if (!isMap(node)) return asking.fail("USE", [String(use), `that package has no component ${component}; it has ${Object.keys(there.toJS().components ?? {}).join(", ") || "none"}`]);
  const path = [...before, `${vnf}/${component}`];
  const found = node.has("use") ? await follow(asking, node.get("use"), there, component, path) : { component: node.toJS(there) as Component, folder, name: component };
  const settings = { ...found.component.settings, ...says.settings };
  return { ...found, component: { ...found.component, ...says, ...(Object.keys(settings).length > 0 ? { settings } : {}) } };
}

/** `1.2` is any 1.2 and 1.2.x; the latest counts. */
async function onShelf({ shelf, fail }: Asking, use: string, vnf: string, version: string): Promise<OnShelf> {
  const there = await shelf.of(vnf);
  if (there.length === 0) fail("USE", [use, `there is no package ${vnf} ${shelf.place}`]);
  const fitting = there.filter((one) => one.version === version || one.version.startsWith(`${version}.`));
  const [latest] = fitting.toSorted((a, b) => b.version.localeCompare(a.version, "en", { numeric: true }));
  return latest ?? fail("USE_VERSION", [use, there.map((one) => one.version).join(", ")]);
}

/** Copies source or artifacts; the component as this package then has it. */
async function take({ component, folder, name }: Found, into: string, as: string): Promise<Component> {
  const place = join(takenFolder, as);
  await mkdir(join(into, takenFolder), { recursive: true });
  if (component.artifact) {
    const artifact: Record<string, string> = {};
    for (const [machine, path] of Object.entries(component.artifact)) await cp(join(folder, path), join(into, (artifact[machine] = join(place, machine, basename(path)))));
    return { ...component, artifact };
  }
  const source = findSource(name, component, folder);
  if (source === undefined) return component; // validation says what is missing
  await cp(source, join(into, place), { recursive: true, filter: (path) => path === source || !/\/(node_modules|build|\.[^/]*)$/.test(path), verbatimSymlinks: true });
  return { ...component, source: `${place}/` };
}
