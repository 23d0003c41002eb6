/** From a package to the actions that the engine executes (spec/engine.md): a pure function. */
import { type Action, CovenError, makesPackets, type Plan, type PortBinding, type Process, processesOf, type Vnf, wired } from "@coven/contract";
import { componentContexts, contextKind, defaultSi, tablesOf } from "@coven/nshp";
import { backends } from "@coven/vns";
import { makeEdges, type PlannedEdge, type Wiring } from "./edges.ts";
import { fusedGroups } from "./fusion.ts";
import { type Graph, prevents, readGraph } from "./graph.ts";
import { outputsOf } from "./paths.ts";
import { cpuOf, engineWaits, type Host, pinned, placement, type Waits } from "./placement.ts";
import { frameSizeFor, sizePool, slotsMax } from "./pool.ts";

type Of<Kind extends Action["do"]> = Extract<Action, { do: Kind }>;

/** The plan of a VNF from nothing. The package is sound (`validateVnf`) and every connection point bound (`bindPorts`). */
export function planVnf(vnf: Vnf, bindings: Record<string, PortBinding>, there: Host): Plan {
  const cpu = cpuOf(vnf, there);
  const host = cpu === undefined ? there : { cpus: 1 };
  const graph = soundGraph(vnf);
  const processes = processesOf(vnf);
  const first = ofShard(processes, 0);
  if (first.length >= slotsMax) throw new CovenError("PLAN_TOO_LARGE", [`it has ${first.length} components`, slotsMax - 1]);
  const slots = slotsOf(processes);
  const ports = Object.fromEntries(Object.keys(vnf.connectionPoints).map((name, index) => [name, index]));
  // Every thread has the same graph, of processes of its own.
  const wiring = makeEdges(vnf, graph, slotsOf(first));
  const groups = fusedGroups(vnf, graph, host);
  const waits = placement(vnf.profile ?? "balanced", host, processes.length - groups.flat().length + groups.length, vnf.threads);
  const pool = { ...poolOf(vnf, bindings, wiring, first), ...engineWaits(waits) };
  const actions = [
    pool,
    ...openPorts(vnf, bindings, ports),
    ...addComponents(vnf, processes, slots, waits),
    ...wiring.edges.map((edge) => addEdge(edge, pool.edge_limit)),
    ...addPaths(vnf, graph, ports, wiring),
    ...wiring.exits.map(({ edge, route, point }): Action => ({ do: "add-exit", edge, path: route, port: numberOf(ports, point) })),
    ...addRules(vnf, graph, ports),
  ];
  const outputs = Object.fromEntries(processes.map(({ name, of }) => [name, outputsOf(vnf, of)]));
  const layouts = componentContexts(vnf);
  const contexts = Object.fromEntries(processes.flatMap(({ name, of }) => (layouts[of] ? [[name, layouts[of]]] : [])));
  const notes = [...wiring.notes, ...threadNotes(vnf, bindings, host)];
  return { actions, slots, ...threadsOf(vnf, processes, host), ...(cpu !== undefined && { cpu }), ports, outputs, ...(Object.keys(contexts).length > 0 && { contexts }), ...(groups.length > 0 && { groups }), ...(notes.length > 0 && { notes }) };
}

const ofShard = (processes: Process[], shard: number): Process[] => processes.filter((process) => process.shard === shard);

/** From 1, in each thread. */
const slotsOf = (processes: Process[]): Record<string, number> =>
  Object.fromEntries(processes.map((process) => [process.name, ofShard(processes, process.shard).indexOf(process) + 1]));

function threadsOf({ threads = 1 }: Vnf, processes: Process[], host: Host): Pick<Plan, "threads" | "pinned" | "shards"> {
  return threads === 1 ? {} : { threads, pinned: pinned(threads, host), shards: Object.fromEntries(processes.map(({ name, shard }) => [name, shard])) };
}

function threadNotes({ threads = 1 }: Vnf, bindings: Record<string, PortBinding>, host: Host): string[] {
  if (threads === 1) return [];
  const crowded = `threads: ${threads}, but this host has ${host.cpus} CPU${host.cpus === 1 ? "" : "s"}: threads that share a CPU take turns, and more of them than CPUs gain nothing`;
  const slower = Object.entries(bindings).filter(([, { backend }]) => backend === "af_xdp").map(([point]) => `${point}: af_xdp is af_packet here, for several threads need both directions of a flow in one queue`);
  return [...(threads > host.cpus ? [crowded] : []), ...slower];
}

function soundGraph(vnf: Vnf): Graph {
  const { graph, faults } = readGraph(vnf);
  const first = faults.find(prevents);
  if (first) throw new CovenError(first.reason, ["vnf.yaml", 0, 0, ...first.values]);
  return graph;
}

function numberOf(numbers: Record<string, number>, name: string): number {
  const found = numbers[name];
  if (found === undefined) throw new CovenError("INTERNAL", [`${name} has no number in the plan`]);
  return found;
}

function bindingOf(bindings: Record<string, PortBinding>, point: string): PortBinding {
  const binding = bindings[point];
  if (!binding) throw new CovenError("PORT_UNBOUND", [point, point]);
  return binding;
}

/** Each thread has such a pool. */
function poolOf(vnf: Vnf, bindings: Record<string, PortBinding>, wiring: Wiring, processes: Process[]): Of<"create-channel"> {
  const components = processes.map(({ component }) => component);
  const used = Object.keys(vnf.connectionPoints).map((point) => backends[bindingOf(bindings, point).backend]);
  const size = sizePool({
    ports: used.reduce((sum, { frames }) => sum + frames, 0),
    edges: wiring.edges.length,
    components: components.length,
    creators: components.filter(makesPackets).length,
    holders: components.filter(wired).length,
  });
  return { do: "create-channel", frames: size.frames, frame_size: frameSizeFor(used), slots: components.length, edge_limit: size.edgeLimit };
}

function openPorts(vnf: Vnf, bindings: Record<string, PortBinding>, ports: Record<string, number>): Action[] {
  return Object.entries(vnf.connectionPoints).map(([name, point]): Action => {
    const { backend, ...options } = bindingOf(bindings, name);
    return { do: "open-port", port: numberOf(ports, name), name, backend, options, nsh: point.nsh ?? "none" };
  });
}

function addComponents({ threads = 1 }: Vnf, processes: Process[], slots: Record<string, number>, waits: Waits): Action[] {
  // Who hands packets to replicas chooses by their flow hash, which stands in the metadata.
  const shared = ofShard(processes, 0).some(({ of }, index, all) => all.findIndex((other) => other.of === of) < index);
  return processes.map(({ name, component, shard }): Action => ({
    do: "add-component", ...(threads > 1 && { shard }), slot: numberOf(slots, name), name, on_crash: component.onCrash ?? "bypass", ...waits, metadata: shared || (component.metadata ?? true), creates: makesPackets(component),
  }));
}

const addEdge = ({ edge, from, to, block }: PlannedEdge, limit: number): Action => ({ do: "add-edge", edge, from, to, limit, block });

/** One for each path from a connection point, in the package's order: of a port's plain paths the engine takes the first. */
function addPaths(vnf: Vnf, graph: Graph, ports: Record<string, number>, wiring: Wiring): Action[] {
  return graph.routes.map((route, path): Action => {
    const nsh = vnf.nsh?.paths?.[route.name];
    const edge = wiring.ingress[path];
    const port = numberOf(ports, route.from);
    return {
      do: "add-path",
      path,
      name: route.name,
      ingress: nsh ? { port, spi: nsh.spi } : { port },
      ...("point" in route.entry ? { egress: numberOf(ports, route.entry.point) } : edge !== undefined && { edge }),
      ...(nsh && { nsh: { spi: nsh.spi, si: nsh.si ?? defaultSi } }),
      context: contextKind(vnf, route),
      oam: vnf.nsh?.oam ?? "drop",
      ...(vnf.nsh?.unknown && { unknown: vnf.nsh.unknown }),
      ...(nsh?.integrity && { integrity: integrityOf(nsh.integrity) }),
      ...(nsh?.require && { require: nsh.require.map((tlv): [number, number] => [tlv.class, tlv.type]) }),
    };
  });
}

const integrityOf = ({ keyId, ...rest }: { keyId: string; key: string; window_ms?: number }) => ({ key_id: keyId, ...rest });

/** The tables of connection points that classify or forward. */
const addRules = (vnf: Vnf, graph: Graph, ports: Record<string, number>): Action[] =>
  Object.keys(vnf.connectionPoints).flatMap((point): Action[] => {
    const tables = tablesOf(vnf, graph.routes, point);
    return tables ? [{ do: "add-rules", port: numberOf(ports, point), ...tables }] : [];
  });
