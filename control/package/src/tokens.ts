/** A text is judged by its tokens before it is composed: the composer recurses, and a stack that runs out there can end the process;
 * and it looks for each alias's anchor from the beginning. */
import { Lexer } from "yaml";

const flowMax = 32;
/** Each level of block nesting takes a column or more. */
const columnMax = 128;
const aliasesMax = 100;
/** The lexer's word for "what follows is a scalar"; with the others that stand for no text. */
const scalarNext = "\u001f";
const sourceless = new Set([scalarNext, "\u0002", "\u0018"]);

/** Where the text asks for too much, and of what, if it does. */
export function excess(text: string): { offset: number; what: string } | undefined {
  let [offset, lineStart, flow, aliases, previous] = [0, 0, 0, 0, ""];
  for (const token of new Lexer().lex(text)) {
    if (previous !== scalarNext) {
      if (token === "[" || token === "{") flow++;
      if (token === "]" || token === "}") flow--;
      if (token.startsWith("*")) aliases++;
      const column = flow <= 0 && /^[-?:]$/.test(token) ? offset - lineStart : 0;
      if (flow > flowMax || column > columnMax) return { offset, what: "this is nested too deep" };
      if (aliases > aliasesMax) return { offset, what: `there are more than ${aliasesMax} aliases` };
    }
    previous = token;
    if (sourceless.has(token)) continue;
    const newline = token.lastIndexOf("\n");
    if (newline >= 0) lineStart = offset + newline + 1;
    offset += token.length;
  }
  return undefined;
}
