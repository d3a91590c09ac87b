/** What an encoder calls itself on the wire, as people know it. Pure. */

const NAMES: readonly (readonly [RegExp, string])[] = [
  [/libobs version ([\d.]+)/, "OBS Studio"],
  [/^OBS Studio ?([\d.]*)/, "OBS Studio"],
  [/Lavf([\d.]+)/, "FFmpeg, Lavf"],
];

/** With the version that it gives; an unknown name stays as it is, null stays null. */
export function encoderName(encoder: string | null): string | null {
  if (encoder === null) return null;
  for (const [pattern, name] of NAMES) {
    const version = pattern.exec(encoder)?.[1];
    if (version !== undefined) return `${name} ${version}`.trim();
  }
  return encoder;
}
