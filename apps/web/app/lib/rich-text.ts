/** Text that people typed, cut into plain pieces and web addresses. Everything stays text; nothing is ever parsed as markup. */

export type TextPiece = Readonly<{ kind: "text" | "link"; text: string }>;

const ADDRESS = /https?:\/\/[^\s<>"']+/g;

/** Only http and https become links. Punctuation that ends a sentence is not part of the address. */
export function piecesOf(text: string): readonly TextPiece[] {
  const pieces: TextPiece[] = [];
  let done = 0;
  for (const match of text.matchAll(ADDRESS)) {
    const address = withoutTail(match[0]);
    if (!URL.canParse(address)) continue;
    if (match.index > done) pieces.push({ kind: "text", text: text.slice(done, match.index) });
    pieces.push({ kind: "link", text: address });
    done = match.index + address.length;
  }
  if (done < text.length) pieces.push({ kind: "text", text: text.slice(done) });
  return pieces;
}

function withoutTail(address: string): string {
  const trimmed = address.replace(/[.,;:!?]+$/, "");
  const unbalanced = trimmed.endsWith(")") && !trimmed.includes("(");
  return unbalanced ? withoutTail(trimmed.slice(0, -1)) : trimmed;
}
