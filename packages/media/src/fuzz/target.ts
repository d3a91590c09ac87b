/** What a parser offers so that the fuzz harness can attack it. */

/** The bytes of one file of packages/media/fixtures, or of packages/rtc/fixtures with `rtc/` in front; throws when there is none. Fuzz code itself does no I/O. */
export type FixtureReader = (fileName: string) => Uint8Array;

/**
 * One parser under attack. `run` gets a mutated seed and may throw MalformedError, ProtocolViolation or UnsupportedError;
 * any other exception, more than 1 s, or memory growth beyond the harness's bound counts as a crash. `run` keeps no state between calls.
 * `seeds` are valid inputs (real captures where possible); a parser of text decodes the bytes itself.
 */
export type FuzzTarget = Readonly<{
  name: string;
  seeds: (fixture: FixtureReader) => readonly Uint8Array[];
  run: (bytes: Uint8Array) => void;
}>;
