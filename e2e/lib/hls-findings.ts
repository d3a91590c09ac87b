/** Collects what a conformance run found: the same rule broken again is counted, not repeated. */

/** `must`: the specification says MUST (or the low-latency profile requires it); `should`: a player works, but worse. */
export type Violation = Readonly<{
  level: "must" | "should";
  /** Section of draft-pantos-hls-rfc8216bis, or RFC 9110. */
  section: string;
  rule: string;
  playlist: string;
  /** The first occurrence. */
  detail: string;
  count: number;
}>;

export class Findings {
  readonly #found = new Map<string, Violation>();

  get violations(): Violation[] {
    return [...this.#found.values()];
  }

  /** Notes a violation unless `holds`. */
  check(holds: boolean, level: Violation["level"], section: string, rule: string, playlist: string, detail = ""): void {
    if (holds) return;
    const key = `${rule} ${playlist}`;
    const before = this.#found.get(key);
    if (before === undefined) this.#found.set(key, { level, section, rule, playlist, detail, count: 1 });
    else this.#found.set(key, { ...before, count: before.count + 1 });
  }
}
