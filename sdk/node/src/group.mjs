/** A fused group: components that share this process (spec/channel.md, section 7). COVEN_GROUP says what each one's program is, and what it
 * begins with. One begins after the other, when the one before has called run; the last one's run starts the loop for all. */
import { AsyncLocalStorage } from "node:async_hooks";
import { openSync, writeSync } from "node:fs";
import { pathToFileURL } from "node:url";

const members = JSON.parse(process.env.COVEN_GROUP);
delete process.env.COVEN_GROUP;
const group = { works: [], isLast: false, turn: undefined };
globalThis[Symbol.for("coven.group")] = group;

// The first one's log is the process's own standard output; what the others write goes to theirs, from callbacks of their own as well.
const beginner = new AsyncLocalStorage();
const logs = members.map(({ environment }, index) => (index === 0 ? undefined : openSync(environment.COVEN_LOG, "a")));
for (const stream of [process.stdout, process.stderr]) {
  const write = stream.write.bind(stream);
  stream.write = (chunk, ...more) => {
    const log = logs[group.turn ?? beginner.getStore() ?? 0];
    if (log === undefined) return write(chunk, ...more);
    writeSync(log, chunk);
    more.findLast((one) => typeof one === "function")?.();
    return true;
  };
}

let beginning = -1;
process.on("exit", () => {
  if (beginning < members.length) console.error(`${members[beginning].environment.COVEN_NAME}: its program ended without a call of run or runBurst, which a fused component has to make`);
});

function fail(error) {
  console.error(error instanceof Error ? error.stack : error);
  beginning = members.length;
  process.exit(1);
}

for (const [index, { entry, folder, environment }] of members.entries()) {
  for (const name of Object.keys(members[index - 1]?.environment ?? {})) delete process.env[name];
  Object.assign(process.env, environment);
  process.chdir(folder);
  process.argv[1] = entry;
  group.isLast = index === members.length - 1;
  const began = new Promise((resolve) => {
    group.began = resolve;
  });
  beginning = index;
  beginner.run(index, () => import(pathToFileURL(entry).href)).catch(fail);
  await began;
}
beginning = members.length;
