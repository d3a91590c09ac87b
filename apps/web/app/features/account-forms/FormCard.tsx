/** A small form in the middle of the page, its one sentence of trouble, its one button. */
import type { FormEvent, ReactNode } from "react";
import { CircleAlert } from "lucide-react";
import { useHydrated } from "../../lib/locale.tsx";
import { Button } from "../../ui/Button.tsx";

type FormCardProps = {
  title: string;
  text?: string;
  problem: string | null;
  busy: boolean;
  submit: (event: FormEvent) => void;
  action: string;
  children: ReactNode;
  /** Under the form. */
  footer?: ReactNode;
};

/** The button works from when scripts do: until then the browser would send the fields on its own. */
export function FormCard({ title, text, problem, busy, submit, action, children, footer }: FormCardProps) {
  const hydrated = useHydrated();
  return (
    <div className="mx-auto flex w-full max-w-100 flex-col gap-6 pt-[6vh]">
      <header className="text-center">
        <h1 className="text-xl font-semibold">{title}</h1>
        {text ? <p className="mt-1.5 text-base text-muted">{text}</p> : null}
      </header>
      <form method="post" noValidate onSubmit={submit} className="flex flex-col gap-4">
        {children}
        <Problem text={problem} />
        <Button type="submit" variant="primary" size="lg" busy={busy} disabled={!hydrated} className="mt-1 w-full">
          {action}
        </Button>
      </form>
      {footer ? <p className="text-center text-sm text-muted">{footer}</p> : null}
    </div>
  );
}

/** Read aloud when it appears. */
export function Problem({ text }: { text: string | null }) {
  return (
    <div role="alert">
      {text ? (
        <p className="flex gap-2 rounded-sm border border-live-line bg-live-tint px-3 py-2 text-sm text-live-text">
          <CircleAlert aria-hidden className="mt-0.5 size-4 shrink-0" />
          {text}
        </p>
      ) : null}
    </div>
  );
}
