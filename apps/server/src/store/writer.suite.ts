/** `node writer.suite.ts DATA_DIR [BYTES]`: opens the store there and writes rows of that size until it is killed or refused; says the number of each once it is written. */
import { randomBytes } from "node:crypto";
import { createLogger } from "../lib/log.ts";
import { appendAudit } from "./audit.ts";
import { openStore, type Store } from "./open.ts";
import { StoreError } from "./store-error.ts";

const dataDir = process.argv[2];
const bytes = Number(process.argv[3] ?? 2000);
if (dataDir === undefined) throw new Error("name the data folder");

let store: Store | undefined;
try {
  store = await openStore({ dataDir, log: createLogger("silent", false) });
  process.stdout.write("open\n");
  for (;;) {
    // A row that is chained to the one before and large enough to reach several pages.
    const details = { text: randomBytes(bytes).toString("base64") };
    const { seq } = await appendAudit(store.db, { actorId: null, actorKind: "system", action: "test.write", details });
    process.stdout.write(`${seq}\n`);
  }
} catch (error) {
  if (!(error instanceof StoreError)) throw error;
  process.stdout.write(`refused: ${error.message}\n`);
  process.exitCode = 1;
  await store?.close();
}
