/** What somebody wrote: text, with addresses, mentions and emotes made of it and nothing else. */
import { Fragment } from "react";
import { cn } from "../../ui/cn.ts";
import { type MessagePiece, messagePieces, type PieceContext } from "./text-pieces.ts";

/** `linked` false leaves addresses as text, where nobody could click. */
export function MessageText({
  text,
  context,
  linked = true,
}: {
  text: string;
  context: PieceContext;
  linked?: boolean;
}) {
  return (
    <bdi dir="auto" className="wrap-anywhere whitespace-pre-line">
      {messagePieces(text, context).map((piece, index) => (
        // Pieces have no identity but their place, and the text is replaced as a whole.
        // oxlint-disable-next-line react/no-array-index-key
        <Fragment key={index}>
          <Piece piece={piece} linked={linked} />
        </Fragment>
      ))}
    </bdi>
  );
}

function Piece({ piece, linked }: { piece: MessagePiece; linked: boolean }) {
  switch (piece.kind) {
    case "text":
      return piece.text;
    case "link":
      return linked ? <Address href={piece.text} /> : piece.text;
    case "mention":
      return (
        <span className={cn("font-medium", piece.isMe && "rounded-sm bg-amber-tint px-0.5 text-amber-text")}>
          {piece.text}
        </span>
      );
    case "emote":
      return <img src={piece.url} alt={piece.text} title={piece.text} className="inline-block h-6 align-middle" />;
    default:
      return piece satisfies never;
  }
}

function Address({ href }: { href: string }) {
  return (
    <a
      href={href}
      target="_blank"
      rel="nofollow ugc noopener noreferrer"
      className="rounded-sm text-accent-text underline decoration-accent-line underline-offset-2 hover:decoration-current"
    >
      {href}
    </a>
  );
}
