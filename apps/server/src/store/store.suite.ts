/** Declares a file's tests once for each backend. PostgreSQL takes part when TEST_DATABASE_URL names one, and is skipped by name when not. */
import { afterAll, beforeAll, beforeEach, describe } from "vitest";
import type { Store } from "./open.ts";
import { openTestStore, POSTGRES_SKIPPED, truncateAll } from "./testing.ts";

/** `declare` gets a function that gives the store: one per backend, emptied before each test. */
export function onEachStore(declare: (store: () => Store) => void): void {
  for (const kind of ["pglite", "postgres"] as const) {
    const reason = kind === "postgres" ? POSTGRES_SKIPPED : null;
    describe.skipIf(reason !== null)(reason === null ? `on ${kind}` : `on ${kind} (skipped: ${reason})`, () => {
      let store: Store | undefined;
      const opened = (): Store => {
        if (store === undefined) throw new Error("the store is opened before each test, not while tests are declared");
        return store;
      };
      beforeAll(async () => {
        store = await openTestStore(kind);
      });
      beforeEach(() => truncateAll(opened().db));
      afterAll(() => store?.close());
      declare(opened);
    });
  }
}
