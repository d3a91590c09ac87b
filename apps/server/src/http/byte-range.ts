/** One byte range of a request. RFC 9110 §14. */

export type RangeAnswer =
  | { readonly kind: "whole" }
  | { readonly kind: "part"; readonly start: number; readonly end: number }
  | { readonly kind: "outside" };

/**
 * What of `bytes` bytes is asked for; `end` is inclusive. Several ranges, other units and nonsense are answered with the whole, as
 * the RFC allows.
 */
export function parseByteRange(header: string | undefined, bytes: number): RangeAnswer {
  const [, first, last] = /^bytes=(\d{0,15})-(\d{0,15})$/.exec(header ?? "") ?? [];
  if (first === undefined || last === undefined || (first === "" && last === "")) return { kind: "whole" };
  if (first === "") {
    const start = Math.max(0, bytes - Number(last));
    return Number(last) === 0 || bytes === 0 ? { kind: "outside" } : { kind: "part", start, end: bytes - 1 };
  }
  const start = Number(first);
  if (last !== "" && Number(last) < start) return { kind: "whole" };
  if (start >= bytes) return { kind: "outside" };
  return { kind: "part", start, end: last === "" ? bytes - 1 : Math.min(Number(last), bytes - 1) };
}
