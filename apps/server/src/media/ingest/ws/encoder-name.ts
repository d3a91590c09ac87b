/** What a sender calls itself in its User-Agent header, short enough to be shown. Pure. */

const BROWSERS: ReadonlyArray<readonly [RegExp, string]> = [
  // By WHIP: behind "Mozilla/5.0", as browsers do.
  [/\bOBS-Studio\/(\d+[\d.]*)/, "OBS"],
  [/\bEdg\/(\d+)/, "Edge"],
  [/\bFirefox\/(\d+)/, "Firefox"],
  [/\b(?:Headless)?Chrome\/(\d+)/, "Chrome"],
  [/\bVersion\/(\d+)[\d.]* .*Safari\//, "Safari"],
];
const MAX_CHARS = 60;

/** The name and version of a browser or of OBS, else the first product; null when there is none. */
export function encoderName(userAgent: string | undefined): string | null {
  if (userAgent === undefined) return null;
  for (const [pattern, name] of BROWSERS) {
    const version = pattern.exec(userAgent)?.[1];
    if (version !== undefined) return `${name} ${version}`;
  }
  const [product = ""] = userAgent.split(" ");
  return product === "" ? null : product.slice(0, MAX_CHARS);
}
