/** What rustc and cargo say: short lines, which cargo wraps in JSON. */

interface Message {
  reason?: string;
  executable?: string | null;
  message?: { rendered?: string };
}

function messages(output: string): Message[] {
  return output.split("\n").flatMap((line) => {
    if (!line.startsWith("{")) return [];
    try {
      return [JSON.parse(line) as Message];
    } catch {
      return []; // cut off where the output grew too long
    }
  });
}

/** The program that cargo built last. */
export const programIn = (output: string): string | undefined =>
  messages(output)
    .filter(({ reason, executable }) => reason === "compiler-artifact" && executable)
    .at(-1)?.executable ?? undefined;

/** `main.rs:2:12: error[E0425]: text`, with the file named as the author names it; else what was said first. */
export function firstError(output: string, place: string): string {
  const plain = output.split("\n").filter((line) => line !== "" && !line.startsWith("{"));
  const lines = [...messages(output).flatMap(({ message }) => message?.rendered?.split("\n") ?? []), ...plain];
  const line = lines.find((text) => /^[^:]+:\d+:\d+: error/.test(text));
  if (line) return `${line.startsWith("/") ? "" : `${place}/`}${line}`;
  return `${place}/: ${plain.find((text) => text.startsWith("error")) ?? plain.at(-1) ?? "the compiler failed without a word"}`;
}
