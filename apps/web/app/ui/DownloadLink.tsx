/** A link to a file that is only for whoever is signed in. */
import { Download } from "lucide-react";
import type { ReactNode } from "react";
import { saveFile } from "../lib/save-file.ts";
import { useSave } from "../lib/use-save.ts";
import { buttonClass, type ButtonSize, type ButtonVariant } from "./Button.tsx";
import { Spinner } from "./Spinner.tsx";

export type DownloadLinkProps = Readonly<{
  /** From `/api/v1` on. */
  href: string;
  /** Where its text alone does not say what it is. */
  label?: string;
  variant?: ButtonVariant;
  size?: ButtonSize;
  children: ReactNode;
}>;

/** Looks like a button. A session that has run out is renewed on the way, and a refusal is said beside it: a plain link would save it as the file. */
export function DownloadLink({ href, label, variant, size, children }: DownloadLinkProps) {
  const { state, run } = useSave(() => saveFile(href));
  const isBusy = state.kind === "saving";
  return (
    <>
      <a
        href={href}
        download
        aria-label={label}
        aria-busy={isBusy || undefined}
        className={buttonClass({ variant, size })}
        onClick={(event) => {
          if (event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
          event.preventDefault();
          if (!isBusy) void run();
        }}
      >
        {isBusy ? <Spinner /> : <Download aria-hidden />}
        {children}
      </a>
      {state.kind === "failed" ? (
        <span role="alert" className="basis-full text-sm text-live-text">
          {state.text}
        </span>
      ) : null}
    </>
  );
}
