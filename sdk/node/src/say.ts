// The environment of a component of a fused group is another's by and by.
const name = process.env.COVEN_NAME || "component";

/** One line, or one trace, for the person who reads the component's log. */
export function say(text: string): void {
  process.stderr.write(`${name}: ${text}\n`);
}
