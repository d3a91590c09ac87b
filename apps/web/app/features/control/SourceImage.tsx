/** The newest picture of a source, asked for again and again under the same place. */
import { useState } from "react";
import { useNow } from "../../lib/locale.tsx";
import { cn } from "../../ui/cn.ts";

/** While there is none, and when one does not come, its place stays empty. */
export function SourceImage({ url, everyMs, className }: { url: string; everyMs: number; className: string }) {
  const turn = Math.floor(useNow(everyMs) / everyMs);
  const [isMissing, setMissing] = useState(false);
  return (
    <img
      src={`${url}${url.includes("?") ? "&" : "?"}n=${turn}`}
      alt=""
      onLoad={() => setMissing(false)}
      onError={() => setMissing(true)}
      className={cn(className, isMissing && "invisible")}
    />
  );
}
