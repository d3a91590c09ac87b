/** What passes between the store and the thread that runs PGlite. Plain data: it is cloned, not shared. */

export type WorkerInput = Readonly<{
  /** The database folder; left out: a database in memory. */
  dataDir?: string;
  /** A gzip dump to start from. Only where there is no database yet. */
  dumpFile?: string;
}>;

export type Call =
  | { readonly kind: "query"; readonly sql: string; readonly params: readonly unknown[] }
  /** Statements without parameters, one after the other; the rows of all of them come back. */
  | { readonly kind: "script"; readonly sql: string }
  | { readonly kind: "dump"; readonly file: string }
  | { readonly kind: "close" };

export type WorkerRequest = Call & { readonly id: number };

/** `command` is the first word of the completed statement, e.g. `ROLLBACK`; `affected` counts written rows. */
export type Result = Readonly<{ rows: unknown[]; affected: number; command: string | undefined }>;

/** The fields of a database error that callers look at; `code` is the SQLSTATE. */
export type ErrorFields = Readonly<{
  message: string;
  code?: string;
  severity?: string;
  detail?: string;
  hint?: string;
  schema?: string;
  table?: string;
  column?: string;
  constraint?: string;
}>;

/** `fatal`: the engine is in an unknown state and the thread ends. The reply to opening the database has id 0. */
export type WorkerReply =
  | (Result & { readonly id: number })
  | { readonly id: number; readonly error: ErrorFields; readonly fatal: boolean };
