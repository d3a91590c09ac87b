/** The three ways in which received bytes can be wrong. */

/** The bytes are not what the format allows. `offset` counts from the start of the parsed unit; `spec` names document and section. */
export class MalformedError extends Error {
  override readonly name = "MalformedError";
  readonly offset: number;
  readonly spec: string;
  constructor(message: string, offset: number, spec: string) {
    super(`${message} (at byte ${offset}, ${spec})`);
    this.offset = offset;
    this.spec = spec;
  }
}

/** Well-formed bytes in the wrong place or beyond a limit; the session that owns the socket ends it. */
export class ProtocolViolation extends Error {
  override readonly name = "ProtocolViolation";
}

/** Valid, but not something we take. The message says what is accepted instead. */
export class UnsupportedError extends Error {
  override readonly name = "UnsupportedError";
}
