/** The 16:9 picture of a show: what is on air, the poster, or a quiet ground in the channel's own colour. */
import type { Broadcast } from "@rostrum/contract/broadcasts";
import { type ReactNode, useState } from "react";
import { hueOf } from "../../ui/Avatar.tsx";
import { cn } from "../../ui/cn.ts";

type PictureProps = {
  broadcast: Broadcast;
  /** Loads at once: for what is in view when the page opens. */
  eager?: boolean;
  className?: string;
  /** Lies over the picture. */
  children?: ReactNode;
};

/** Decorative: the title stands beside it in text. */
export function Picture({ broadcast, eager = false, className, children }: PictureProps) {
  const { state, thumbnailUrl, posterUrl } = broadcast;
  // While it is interrupted there is nothing new to see, perhaps nothing at all.
  const now = state === "live" ? thumbnailUrl : null;
  const src = now ?? posterUrl ?? (state === "interrupted" ? null : thumbnailUrl);
  return (
    <div
      data-scheme="dark"
      className={cn("relative aspect-video overflow-hidden rounded-md bg-stage ring-1 ring-line ring-inset", className)}
    >
      <Ground broadcast={broadcast} />
      {src ? <Image key={src} src={src} eager={eager} /> : null}
      {children}
    </div>
  );
}

/** A thumbnail of a show that has just begun may not be there yet: then the ground stays. */
function Image({ src, eager }: { src: string; eager: boolean }) {
  const [broken, setBroken] = useState(false);
  if (broken) return null;
  return (
    <img
      // What failed before this script ran told nobody.
      ref={(image) => {
        if (image?.complete && image.naturalWidth === 0) setBroken(true);
      }}
      src={src}
      alt=""
      loading={eager ? "eager" : "lazy"}
      fetchPriority={eager ? "high" : "auto"}
      decoding="async"
      onError={() => setBroken(true)}
      className="absolute inset-0 size-full object-cover transition-transform duration-(--duration-slow) group-hover/card:scale-[1.02]"
    />
  );
}

function Ground({ broadcast: { channel } }: { broadcast: Broadcast }) {
  const hue = hueOf(channel.handle);
  const background = `radial-gradient(120% 140% at 15% 0%, oklch(0.42 0.1 ${hue}), oklch(0.2 0.04 ${hue + 30}) 60%, oklch(0.14 0.02 ${hue + 60}))`;
  return (
    <span aria-hidden className="absolute inset-0 grid place-items-center" style={{ background }}>
      <span className="text-2xl font-semibold text-on-picture/35 uppercase select-none">
        {Array.from(channel.title.trim())[0] ?? ""}
      </span>
    </span>
  );
}
