/** A description as it was typed: its lines, and links that lead away without trust. */
import { cn } from "../../ui/cn.ts";
import { piecesOf } from "../../lib/rich-text.ts";

export function RichText({ text, className }: { text: string; className?: string }) {
  return (
    <p className={cn("whitespace-pre-line", className)}>
      {piecesOf(text).map((piece, index) =>
        piece.kind === "link" ? (
          <a
            // Pieces have no identity but their place, and the text is replaced as a whole.
            // oxlint-disable-next-line react/no-array-index-key
            key={index}
            href={piece.text}
            target="_blank"
            rel="nofollow ugc noopener noreferrer"
            className="rounded-sm text-accent-text underline decoration-accent-line underline-offset-2 hover:decoration-current"
          >
            {piece.text}
          </a>
        ) : (
          piece.text
        ),
      )}
    </p>
  );
}
