/** The daemon: the management agent behind its REST interface. */
import { createManagement } from "@coven/ma";
import { main } from "./daemon/main.ts";

await main(process.argv.slice(2), async ({ run, state }, log) => {
  const management = await createManagement({ runFolder: run, ...(state === undefined ? {} : { stateFolder: state }), log: (line) => log.info(line) });
  return { management, close: () => management.close() };
});
