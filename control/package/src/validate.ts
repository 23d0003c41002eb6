/** What a descriptor means: everything of spec/vnf-package.md that the schema can't say. */
import { type Fault, frameworks, type Vnf } from "@coven/contract";
import { readGraph } from "@coven/itf";
import { place, type Positions, raise } from "./positions.ts";
import { missingSource } from "./source.ts";

export interface Known {
  /** The package's folder: are the sources there? Without it that is not asked. */
  folder?: string;
  /** Names of the drivers that there are; those from outside of the tree too. */
  frameworks?: readonly string[];
}

/** Throws CovenError with everything that is wrong, the first of the file in the message, the others in the detail, a line each. */
export function validateVnf(vnf: Vnf, positions: Positions, known: Known = {}): void {
  raise(vnfFaults(vnf, known).map((fault) => place(fault, positions)));
}

export function vnfFaults(vnf: Vnf, { folder, frameworks: drivers = frameworks }: Known = {}): Fault[] {
  return [...sharedNames(vnf), ...frameworkFaults(vnf, drivers), ...(folder === undefined ? [] : sourceFaults(vnf, drivers, folder)), ...readGraph(vnf).faults];
}

const components = (vnf: Vnf) => Object.entries(vnf.components ?? {});

const sharedNames = (vnf: Vnf): Fault[] =>
  components(vnf)
    .filter(([name]) => Object.hasOwn(vnf.connectionPoints, name))
    .map(([name]) => ({ reason: "SCHEMA", values: [`component ${name} has the name of a connection point; a path could mean either`], at: ["components", name] }));

const frameworkFaults = (vnf: Vnf, drivers: readonly string[]): Fault[] =>
  components(vnf)
    .filter(([, { framework }]) => !drivers.includes(framework))
    .map(([name, { framework }]) => ({ reason: "FRAMEWORK_UNKNOWN", values: [name, framework, drivers.join(", ")], at: ["components", name, "framework"] }));

/** The mock driver runs no code. */
const sourceFaults = (vnf: Vnf, drivers: readonly string[], folder: string): Fault[] =>
  components(vnf)
    .filter(([, { framework }]) => framework !== "mock" && drivers.includes(framework))
    .flatMap(([name, component]): Fault[] => {
      const missing = missingSource(name, component, folder);
      const key = component.artifact ? "artifact" : component.source === undefined ? [] : "source";
      return missing === undefined ? [] : [{ reason: "SOURCE_MISSING", values: [name, missing], at: ["components", name, key].flat() }];
    });
