/** From a package to the actions that the engine executes (spec/engine.md): a pure function. */
import { type Action, type Component, CovenError, makesPackets, type Plan, type PortBinding, replicasOf, type Vnf, wired } from "@coven/contract";
import { componentContexts, contextKind, defaultSi, tablesOf } from "@coven/nshp";
import { backends } from "@coven/vns";
import { makeEdges, type PlannedEdge, type Wiring } from "./edges.ts";
import { type Graph, prevents, readGraph } from "./graph.ts";
import { outputsOf } from "./paths.ts";
import { type Host, placement } from "./placement.ts";
import { frameSizeFor, sizePool, slotsMax } from "./pool.ts";

type Of<Kind extends Action["do"]> = Extract<Action, { do: Kind }>;

/** The plan of a VNF from nothing. The package is sound (`validateVnf`) and every connection point bound (`bindPorts`). */
export function planVnf(vnf: Vnf, bindings: Record<string, PortBinding>, host: Host): Plan {
  const graph = soundGraph(vnf);
  const processes = processesOf(vnf);
  if (processes.length >= slotsMax) throw new CovenError("PLAN_TOO_LARGE", [`it has ${processes.length} components`, slotsMax - 1]);
  const slots = Object.fromEntries(processes.map(({ name }, index) => [name, index + 1]));
  const ports = Object.fromEntries(Object.keys(vnf.connectionPoints).map((name, index) => [name, index]));
  const wiring = makeEdges(vnf, graph, slots);
  const pool = poolOf(vnf, bindings, wiring);
  const actions = [
    pool,
    ...openPorts(vnf, bindings, ports),
    ...addComponents(vnf, slots, host),
    ...wiring.edges.map((edge) => addEdge(edge, pool.edge_limit)),
    ...addPaths(vnf, graph, ports, wiring),
    ...wiring.exits.map(({ edge, route, point }): Action => ({ do: "add-exit", edge, path: route, port: numberOf(ports, point) })),
    ...addRules(vnf, graph, ports),
  ];
  const outputs = Object.fromEntries(processes.map(({ name, of }) => [name, outputsOf(vnf, of)]));
  const layouts = componentContexts(vnf);
  const contexts = Object.fromEntries(processes.flatMap(({ name, of }) => (layouts[of] ? [[name, layouts[of]]] : [])));
  return { actions, slots, ports, outputs, ...(Object.keys(contexts).length > 0 && { contexts }), ...(wiring.notes.length > 0 && { notes: wiring.notes }) };
}

interface Process { name: string; of: string; component: Component }

/** One of each component, or as many as share its flows. */
const processesOf = (vnf: Vnf): Process[] =>
  Object.entries(vnf.components ?? {}).flatMap(([of, component]) => replicasOf(of, component).map((name) => ({ name, of, component })));

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

function poolOf(vnf: Vnf, bindings: Record<string, PortBinding>, wiring: Wiring): Of<"create-channel"> {
  const components = processesOf(vnf).map(({ component }) => component);
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

function addComponents(vnf: Vnf, slots: Record<string, number>, host: Host): Action[] {
  const processes = processesOf(vnf);
  const waits = placement(vnf.profile ?? "balanced", host, processes.length);
  // Who hands packets to replicas chooses by their flow hash, which stands in the metadata.
  const shared = processes.some(({ component }) => (component.replicas ?? 1) > 1);
  return processes.map(({ name, component }): Action => ({
    do: "add-component", slot: numberOf(slots, name), name, on_crash: component.onCrash ?? "bypass", ...waits, metadata: shared || (component.metadata ?? true), creates: makesPackets(component),
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
