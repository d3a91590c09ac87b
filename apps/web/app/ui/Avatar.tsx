/** A person or channel as a small disc: the picture, or the initial on a colour of its own. */
import { cn } from "./cn.ts";

const SIZES = { sm: "size-6 text-xs", md: "size-9 text-base", lg: "size-14 text-lg", xl: "size-20 text-xl" } as const;

/** The hue belongs to `seed` for ever: 0–359. */
export function hueOf(seed: string): number {
  let hash = 2166136261;
  for (const char of seed) hash = Math.imul(hash ^ (char.codePointAt(0) ?? 0), 16777619);
  return (hash >>> 0) % 360;
}

/** Decorative: the name stands beside it in text. `seed` (a handle) chooses the colour. */
export function Avatar({
  name,
  seed,
  src,
  size = "md",
  className,
}: {
  name: string;
  seed: string;
  src?: string | null | undefined;
  size?: keyof typeof SIZES;
  className?: string;
}) {
  const hue = hueOf(seed);
  return (
    <span
      aria-hidden
      className={cn(
        "inline-flex shrink-0 items-center justify-center overflow-hidden rounded-full font-semibold text-on-picture uppercase select-none",
        SIZES[size],
        className,
      )}
      style={{ background: `linear-gradient(145deg, oklch(0.56 0.13 ${hue}), oklch(0.42 0.12 ${hue + 40}))` }}
    >
      {src ? <img src={src} alt="" className="size-full object-cover" /> : (Array.from(name.trim())[0] ?? "?")}
    </span>
  );
}
