/** The word that was probably meant, if one is near enough. */
export function closest(word: string, known: readonly string[]): string | undefined {
  const near = known.map((one) => ({ one, steps: steps(word.toLowerCase(), one.toLowerCase()) })).sort((a, b) => a.steps - b.steps)[0];
  return near && near.steps <= Math.max(1, Math.floor(word.length / 3)) ? near.one : undefined;
}

/** Letters to add, remove or change (Levenshtein). */
function steps(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (const [i, letter] of [...a].entries()) {
    const next = [i + 1];
    for (let j = 0; j < b.length; j++) next.push(Math.min((next[j] ?? 0) + 1, (row[j + 1] ?? 0) + 1, (row[j] ?? 0) + (letter === b[j] ? 0 : 1)));
    row = next;
  }
  return row.at(-1) ?? 0;
}
