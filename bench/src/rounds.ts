/** Ours and the peers in turn: one measurement of each a round, so that whatever disturbs the machine disturbs all alike. */
import { type Row, row } from "./report.ts";

export interface Entrant {
  name: string;
  unit: string;
  /** Somebody else's program. */
  peer?: true;
  note?: string;
  /** Why it can't take part here: its row then has no figures. */
  missing?: string;
  /** One figure; or several, each for the row of this name with the key behind it. */
  round(): Promise<number | Record<string, number>>;
}

/** What can't take part, as a row that says so. */
export const absent = (name: string, unit: string, missing: string): Entrant => ({ name, unit, missing, round: () => Promise.reject(new Error(missing)) });

/** Those that were asked for by name (--rows); all where none were. */
export const chosen = <One extends { name: string }>(all: readonly One[], rows: readonly string[] | undefined): One[] => all.filter(({ name }) => !rows || rows.includes(name));

/** `warm`: rounds before those that count. */
export async function inTurn(rounds: number, entrants: readonly Entrant[], warm = 0): Promise<Row[]> {
  const figures = new Map<string, { entrant: Entrant; values: number[] }>();
  for (const entrant of entrants) if (entrant.missing) figures.set(entrant.name, { entrant, values: [] });
  for (let round = -warm; round < rounds; round++) {
    for (const entrant of entrants.filter((one) => !one.missing)) {
      const got = await entrant.round();
      if (round < 0) continue;
      for (const [suffix, value] of Object.entries(typeof got === "number" ? { "": got } : got)) {
        const known = figures.get(entrant.name + suffix) ?? { entrant, values: [] };
        known.values.push(value);
        figures.set(entrant.name + suffix, known);
      }
    }
  }
  return [...figures].map(([name, { entrant, values }]) => {
    const note = entrant.missing ?? entrant.note;
    return row(name, entrant.unit, values, { ...(entrant.peer ? { peer: true } : {}), ...(note ? { note } : {}) });
  });
}
