/** Why something was not done, next to where it was asked for. */
import { CircleAlert } from "lucide-react";

/** Nothing when `text` is null. */
export function Refusal({ text }: { text: string | null }) {
  if (text === null) return null;
  return (
    <p role="alert" className="flex gap-1.5 text-sm text-live-text">
      <CircleAlert aria-hidden className="mt-0.5 size-4 shrink-0" />
      <span className="min-w-0 wrap-anywhere">{text}</span>
    </p>
  );
}
