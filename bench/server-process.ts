// A server as a process of its own, configured by INLAY_* variables as `inlay serve` is. Prints its URL and serves
// until its standard input ends.
import { startServer } from '@inlay/server';

const server = await startServer();
process.stdout.write(`${server.url}\n`);
for await (const _ of process.stdin) {
  // nothing is said; its end is what counts
}
await server.close();
