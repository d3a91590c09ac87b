/** Over the seek bar, under the pointer: a small picture when there is one, the chapter, the time. */
import type { Tile } from "./storyboard.ts";

export function SeekHint(props: { share: number; text: string; chapter: string | undefined; tile: Tile | undefined }) {
  const { share, text, chapter, tile } = props;
  const halfPx = tile === undefined ? 24 : tile.widthPx / 2 + 4;
  return (
    <div
      aria-hidden
      className="pointer-events-none absolute bottom-full mb-1.5 flex -translate-x-1/2 flex-col items-center gap-1"
      style={{ left: `clamp(${halfPx}px, ${share * 100}%, calc(100% - ${halfPx}px))` }}
    >
      {tile === undefined ? null : (
        <div
          className="rounded-sm ring-1 ring-on-picture/40"
          style={{
            width: tile.widthPx,
            height: tile.heightPx,
            background: `url("${tile.url}") -${tile.xPx}px -${tile.yPx}px no-repeat`,
          }}
        />
      )}
      <span className="max-w-48 truncate rounded-sm bg-scrim px-1.5 py-0.5 text-xs text-on-picture tabular">
        {chapter === undefined ? text : `${chapter} · ${text}`}
      </span>
    </div>
  );
}
