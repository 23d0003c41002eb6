import { finished, type Readable, Transform } from "node:stream";
import { CovenError } from "@coven/contract";

/** Hands a stream on that fails once it is longer than `max` bytes. What `use` left unread is thrown away as it comes, so that a client that is still sending hears the answer. */
export async function limited(source: Readable, max: number, use: (content: Readable) => Promise<void>): Promise<void> {
  let seen = 0;
  const counted = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      seen += chunk.length;
      done(seen > max ? new CovenError("TOO_LARGE", [`${max} bytes`]) : null, chunk);
    },
  });
  counted.on("error", () => undefined); // `use` sees it; without a listener it would end the process
  finished(source, (error) => error && counted.destroy(error));
  source.pipe(counted);
  try {
    await use(counted);
    if (counted.errored) throw counted.errored;
  } finally {
    source.unpipe(counted);
    counted.destroy();
    source.resume();
  }
}
