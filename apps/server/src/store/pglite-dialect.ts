/** Kysely over PgliteClient. A transaction holds the one connection; others wait their turn. */
import {
  AbortedTransactionError,
  type CompiledQuery,
  type DatabaseConnection,
  type Dialect,
  type Driver,
  PostgresAdapter,
  PostgresIntrospector,
  PostgresQueryCompiler,
  type QueryResult,
  type TransactionSettings,
} from "kysely";
import type { Lease, PgliteClient } from "./pglite-client.ts";

/** `patient` lifts the time limits, for migrations. Destroying the Kysely instance leaves the client open. */
export function pgliteDialect(client: PgliteClient, options: { patient?: boolean } = {}): Dialect {
  return {
    createAdapter: () => new PostgresAdapter(),
    createDriver: () => createDriver(client, options.patient ?? false),
    createIntrospector: (db) => new PostgresIntrospector(db),
    createQueryCompiler: () => new PostgresQueryCompiler(),
  };
}

class PgliteConnection implements DatabaseConnection {
  readonly #lease: Lease;

  constructor(lease: Lease) {
    this.#lease = lease;
  }

  async executeQuery<R>(query: Pick<CompiledQuery, "sql" | "parameters">): Promise<QueryResult<R>> {
    const { rows, affected } = await this.#lease.query(query.sql, query.parameters);
    return { rows: rows as R[], numAffectedRows: BigInt(affected) };
  }

  // oxlint-disable-next-line require-yield
  async *streamQuery<R>(): AsyncIterableIterator<QueryResult<R>> {
    throw new Error("Rows cannot be streamed from the embedded database: read them in pages.");
  }

  /** The command that the database says it completed. */
  async command(sql: string): Promise<string | undefined> {
    return (await this.#lease.query(sql, [])).command;
  }

  release(): void {
    this.#lease.release();
  }
}

function createDriver(client: PgliteClient, patient: boolean): Driver {
  const run = async (connection: DatabaseConnection, sql: string): Promise<string | undefined> =>
    (connection as PgliteConnection).command(sql);
  const does = (sql: string) => async (connection: DatabaseConnection) => void (await run(connection, sql));
  const savepoint = (verb: string) => async (connection: DatabaseConnection, name: string) =>
    void (await run(connection, `${verb} "${name.replaceAll('"', '""')}"`));
  return {
    init: async () => {},
    acquireConnection: async () => new PgliteConnection(await client.lease(patient)),
    beginTransaction: async (connection, settings) => void (await run(connection, beginSql(settings))),
    async commitTransaction(connection) {
      // COMMIT of a transaction that an earlier error broke completes as ROLLBACK.
      if ((await run(connection, "commit")) === "ROLLBACK") throw new AbortedTransactionError();
    },
    rollbackTransaction: does("rollback"),
    savepoint: savepoint("savepoint"),
    rollbackToSavepoint: savepoint("rollback to"),
    releaseSavepoint: savepoint("release"),
    releaseConnection: async (connection) => (connection as PgliteConnection).release(),
    destroy: async () => {},
  };
}

function beginSql({ isolationLevel, accessMode }: TransactionSettings): string {
  const level = isolationLevel === undefined ? "" : ` isolation level ${isolationLevel}`;
  return `start transaction${level}${accessMode === undefined ? "" : ` ${accessMode}`}`;
}
