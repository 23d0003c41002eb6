/** What a descriptor means: everything of spec/vnf-package.md that the schema can't say. */
import { type Component, type Fault, frameworks, languageFrameworks, replicasOf, type Vnf, wiredFrameworks } from "@coven/contract";
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
  return [...sharedNames(vnf), ...frameworkFaults(vnf, drivers), ...replicaFaults(vnf), ...cpuFaults(vnf), ...components(vnf).flatMap(([name, component]) => [...netdevFaults(name, component), ...routineFaults(name, component)]), ...(folder === undefined ? [] : sourceFaults(vnf, drivers, folder)), ...readGraph(vnf).faults];
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

/** Each thread of the engine has as many processes of a component. */
const replicaFaults = (vnf: Vnf): Fault[] =>
  components(vnf)
    .filter(([, component]) => replicasOf(vnf, component) % (vnf.threads ?? 1) !== 0)
    .map(([name, { replicas }]) => ({ reason: "SCHEMA", values: [`component ${name} has replicas: ${replicas}, which threads: ${vnf.threads} can't share evenly: leave replicas out, or give a multiple of ${vnf.threads}`], at: ["components", name, "replicas"] }));

/** Threads are for a CPU each. */
const cpuFaults = ({ threads = 1, placement: { cpu = "any" } = {} }: Vnf): Fault[] =>
  threads === 1 || cpu === "any" ? [] : [{ reason: "SCHEMA", values: [`placement.cpu: ${cpu} keeps all on one CPU, but threads: ${threads} are for a CPU each: leave one of them out`], at: ["placement", "cpu"] }];

/** Keys of frameworks whose programs are told by their command, and who knows each. */
const commandKeys = { build: ["netdev"], setup: ["netdev"], command: ["netdev", "memif"], tap: ["netdev"], role: ["memif"], sockets: ["memif"] } as const;
const interfaceName = /^(?!in$|out$|lo$).{1,15}$/;

/** A program of the framework netdev or memif is told by its command; outputs of these and of Click are interfaces. */
function netdevFaults(name: string, component: Component): Fault[] {
  const fault = (text: string, ...at: (string | number)[]): Fault => ({ reason: "SCHEMA", values: [text], at: ["components", name, ...at] });
  const wired = wiredFrameworks.includes(component.framework);
  const outputs = (wired ? (component.outputs ?? []) : []).flatMap((output, index) => (output === "out" || interfaceName.test(output) ? [] : [fault(`output ${output} can't be an interface: at most 15 characters, and neither in nor lo`, "outputs", index)]));
  const strange = Object.entries(commandKeys).flatMap(([key, known]) =>
    component[key as keyof typeof commandKeys] === undefined || known.some((framework) => framework === component.framework) ? [] : [fault(`${key} is for framework ${known.join(" or ")}`, key)],
  );
  const alone = component.framework === "memif" && !component.command && !component.sockets ? [fault("framework memif needs a command, or the folder of the sockets that a program of the operator's will find (sockets)")] : [];
  const idle = component.framework === "netdev" && !component.command && !component.setup ? [fault("framework netdev needs a command (a program that stays), a setup (one that ends), or both")] : [];
  return [...outputs, ...strange, ...alone, ...idle];
}

/** A routine is code in a language that has functions, and is compiled here. */
function routineFaults(name: string, { framework, routine, artifact }: Component): Fault[] {
  if (routine === undefined) return [];
  const fault = (text: string): Fault[] => [{ reason: "SCHEMA", values: [text], at: ["components", name, "routine"] }];
  if (!languageFrameworks.includes(framework)) return fault(`framework ${framework} takes no routine; these do: ${languageFrameworks.join(", ")}`);
  return artifact ? fault("a prebuilt artifact is a whole program: leave out either routine or artifact") : [];
}

/** The mock driver runs no code. */
const sourceFaults = (vnf: Vnf, drivers: readonly string[], folder: string): Fault[] =>
  components(vnf)
    .filter(([, { framework }]) => framework !== "mock" && drivers.includes(framework))
    .flatMap(([name, component]): Fault[] => {
      const missing = missingSource(name, component, folder);
      const key = component.artifact ? "artifact" : component.source === undefined ? [] : "source";
      return missing === undefined ? [] : [{ reason: "SOURCE_MISSING", values: [name, missing], at: ["components", name, key].flat() }];
    });
