/** One line, or one trace, for the person who reads the component's log. */
export function say(text: string): void {
  process.stderr.write(`${process.env.COVEN_NAME || "component"}: ${text}\n`);
}
