/** The chapters of a recording; each is a way into it. */
import type { Chapter } from "@rostrum/contract/recordings";
import { Link } from "react-router";
import { formatClock } from "../../lib/format.ts";

/** `onSeek` plays from there in the player of this page; left out: the watch page is opened there. */
export function ChapterList({
  broadcastId,
  chapters,
  onSeek,
}: {
  broadcastId: string;
  chapters: readonly Chapter[];
  onSeek?: (atMs: number) => void;
}) {
  const look = "flex w-full touch-target items-center gap-3 rounded-sm px-2 py-1.5 text-left text-sm hover:bg-hover";
  return (
    <ol className="-mx-2 flex flex-col">
      {chapters.map(({ markerId, title, atMs }) => {
        const content = (
          <>
            <span className="w-14 shrink-0 font-mono text-xs text-accent-text tabular">{formatClock(atMs)}</span>
            <span className="min-w-0 flex-1 truncate">{title}</span>
          </>
        );
        return (
          <li key={markerId}>
            {onSeek === undefined ? (
              <Link to={`/watch/${broadcastId}?t=${Math.floor(atMs / 1000)}`} className={look}>
                {content}
              </Link>
            ) : (
              <button type="button" onClick={() => onSeek(atMs)} className={look}>
                {content}
              </button>
            )}
          </li>
        );
      })}
    </ol>
  );
}
