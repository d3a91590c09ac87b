/** The slate's colours as the server draws them. Pure. */

/** Black or white, whichever is easier to read on `background` (#rrggbb). WCAG 2.2, relative luminance. */
export function textColorOn(background: string): "#000000" | "#ffffff" {
  const [red = 0, green = 0, blue = 0] = [1, 3, 5].map((at) =>
    linear(Number.parseInt(background.slice(at, at + 2), 16)),
  );
  // The colour whose contrast with both is the same.
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue > 0.179 ? "#000000" : "#ffffff";
}

function linear(value: number): number {
  const part = value / 255;
  return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
}
