/** A message's text, cut into plain pieces, addresses, mentions and emotes. Everything stays text. Pure. */
import { piecesOf } from "../../lib/rich-text.ts";

/** `text` is what stands there when nothing is made of it. */
export type MessagePiece =
  | Readonly<{ kind: "text" | "link"; text: string }>
  | Readonly<{ kind: "mention"; text: string; isMe: boolean }>
  | Readonly<{ kind: "emote"; text: string; url: string }>;

/** `emotes` are the channel's pictures by the name between the colons; `me` is the reader's handle. */
export type PieceContext = Readonly<{ emotes: ReadonlyMap<string, string>; me: string | null }>;

/** What the server takes for a mention or an emote. */
const SPECIAL = /(?<![\p{L}\p{N}_@/.])@([A-Za-z0-9_]{3,30})(?![A-Za-z0-9_])|:([a-z0-9_]{2,24}):/gu;

/** Pieces in order; joined, their `text` is the message. */
export function messagePieces(text: string, context: PieceContext): readonly MessagePiece[] {
  return piecesOf(text).flatMap((piece) => (piece.kind === "link" ? [piece] : plainPieces(piece.text, context)));
}

function plainPieces(text: string, context: PieceContext): MessagePiece[] {
  const pieces: MessagePiece[] = [];
  let done = 0;
  for (const match of text.matchAll(SPECIAL)) {
    const piece = specialPiece(match, context);
    if (piece === undefined) continue;
    if (match.index > done) pieces.push({ kind: "text", text: text.slice(done, match.index) });
    pieces.push(piece);
    done = match.index + match[0].length;
  }
  if (done < text.length) pieces.push({ kind: "text", text: text.slice(done) });
  return pieces;
}

function specialPiece([text, handle, emote]: RegExpMatchArray, { emotes, me }: PieceContext): MessagePiece | undefined {
  if (text === undefined) return undefined;
  if (handle !== undefined) return { kind: "mention", text, isMe: handle.toLowerCase() === me?.toLowerCase() };
  const url = emotes.get(emote ?? "");
  return url === undefined ? undefined : { kind: "emote", text, url };
}

/** Whether `handle` is called by name. */
export function mentions(text: string, handle: string | null): boolean {
  if (handle === null || !text.includes("@")) return false;
  return messagePieces(text, { emotes: new Map(), me: handle }).some((piece) => piece.kind === "mention" && piece.isMe);
}
