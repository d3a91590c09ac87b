/** Shows whose picture is pleasant to look at, for screenshots and demonstrations. All of it is computed, none of it is footage. */
import { execFileSync } from "node:child_process";
import path from "node:path";

const LOOP_SEC = 8;

/** FFmpeg sources by what they look like, 1280×720 with 30 frames a second. */
export const PICTURES = {
  dusk: dusk(),
  lagoon: "gradients=s=1280x720:r=30:c0=0x04293a:c1=0x0f6e84:c2=0x9ad1c9:n=3:speed=0.004",
  fractal: "mandelbrot=s=1280x720:r=30:start_scale=0.02:end_scale=0.0005:maxiter=300:inner=black",
  cells:
    "life=s=320x180:r=30:mold=12:ratio=0.12:death_color=0x1c2a4a:life_color=0xe8e3d3:mold_color=0x3d5a80,scale=1280:720:flags=neighbor",
} as const;

export type Picture = keyof typeof PICTURES;

/** Encodes the picture with a tone; returns the file. Beforehand, so that four shows at a time cost nothing. */
export function renderPicture(dir: string, picture: Picture): string {
  const file = path.join(dir, `${picture}.flv`);
  // prettier-ignore
  execFileSync("ffmpeg", [
    "-v", "error", "-y", "-f", "lavfi", "-i", PICTURES[picture], "-f", "lavfi", "-i", "sine=220:r=48000", "-t", `${LOOP_SEC}`,
    "-c:v", "libx264", "-preset", "veryfast", "-tune", "zerolatency", "-g", "60", "-keyint_min", "60", "-sc_threshold", "0",
    "-b:v", "2500k", "-maxrate", "2500k", "-bufsize", "2500k", "-pix_fmt", "yuv420p", "-c:a", "aac", "-b:a", "96k", "-ac", "2", file,
  ]);
  return file;
}

/** Hills that wander below an evening sun; everything comes back to its place after a loop. */
function dusk(): string {
  const turn = (2 * Math.PI) / LOOP_SEC;
  const hill = (y: number, high: number, wide: number, phase: number, turns: number): string =>
    `gt(Y,${y}+${high}*sin(X/${wide}+${phase}+T*${(turn * turns).toFixed(4)}))`;
  const hills = [
    hill(292, 18, 70, 0, 1),
    hill(258, 22, 95, 1, -1),
    hill(226, 26, 120, 4, 1),
    hill(198, 22, 150, 2, -1),
  ];
  const sun = "lt(hypot(X-430,Y-132),52)*lt(mod(Y,16),16-max(0,(Y-120)/6))";
  const colour = (layers: readonly number[], sunny: number, sky: string): string =>
    hills.reduceRight((behind, above, n) => `if(${above},${layers[n]},${behind})`, `if(${sun},${sunny},${sky})`);
  const red = colour([16, 40, 84, 140], 255, "46+Y*0.95");
  const green = colour([14, 22, 38, 62], 214, "26+Y*0.36");
  const blue = colour([38, 66, 92, 110], 150, "92+Y*0.16");
  return `nullsrc=s=640x360:r=10,format=gbrp,geq=r='${red}':g='${green}':b='${blue}',scale=1280:720:flags=spline,gblur=sigma=1,fps=30`;
}
