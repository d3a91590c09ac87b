/** The chapters of a recording; each is a way into it. */
import type { Chapter } from "@rostrum/contract/recordings";
import { Link } from "react-router";
import { formatClock } from "../../lib/format.ts";

/** A chapter opens the watch page there. */
export function ChapterList({ broadcastId, chapters }: { broadcastId: string; chapters: readonly Chapter[] }) {
  return (
    <ol className="-mx-2 flex flex-col">
      {chapters.map(({ markerId, title, atMs }) => (
        <li key={markerId}>
          <Link
            to={`/watch/${broadcastId}?t=${Math.floor(atMs / 1000)}`}
            className="flex touch-target items-center gap-3 rounded-sm px-2 py-1.5 text-sm hover:bg-hover"
          >
            <span className="w-14 shrink-0 font-mono text-xs text-accent-text tabular">{formatClock(atMs)}</span>
            <span className="min-w-0 flex-1 truncate">{title}</span>
          </Link>
        </li>
      ))}
    </ol>
  );
}
