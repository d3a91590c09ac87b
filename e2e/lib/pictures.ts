/** Encoders whose picture is pleasant to look at, for screenshots and demonstrations. All of it is computed, none of it is footage. */
import { type Encoder, startEncoder } from "./encoder.ts";

/** FFmpeg sources by what they look like. Sizes are 1280×720, 30 frames a second. */
export const PICTURES = {
  dusk: "gradients=s=1280x720:r=30:c0=0x1b1140:c1=0xd9576b:c2=0xf2b35e:n=3:speed=0.004",
  lagoon: "gradients=s=1280x720:r=30:c0=0x04293a:c1=0x0f6e84:c2=0x9ad1c9:n=3:speed=0.004",
  fractal: "mandelbrot=s=1280x720:r=30:start_scale=0.02:end_scale=0.0005:maxiter=300:inner=black",
  cells:
    "life=s=320x180:r=30:mold=12:ratio=0.12:death_color=0x1c2a4a:life_color=0xe8e3d3:mold_color=0x3d5a80,scale=1280:720:flags=neighbor",
} as const;

export type Picture = keyof typeof PICTURES;

/** Pushes the picture with a tone to `url`. */
export function startPicture(url: string, picture: Picture): Encoder {
  return startEncoder(url, { source: PICTURES[picture], videoKbps: 2500 });
}
