/** What all agents of one instance expose, in one answer; one that does not answer does not hide the others. */
import type { AgentView } from "@coven/contract";
import type { Agent } from "./client.ts";

export function catalogue(agents: readonly Agent[]): Promise<AgentView[]> {
  return Promise.all(agents.map(view));
}

async function view(agent: Agent): Promise<AgentView> {
  try {
    return { component: agent.component, reachable: true, items: await agent.list() };
  } catch (error) {
    return { component: agent.component, reachable: false, problem: (error as Error).message, items: [] };
  }
}
