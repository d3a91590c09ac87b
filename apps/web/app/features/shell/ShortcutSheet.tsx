/** What "?" shows: the keys that hold everywhere, and those of the page. */
import { useTranslation } from "react-i18next";
import { type Shortcut, usePageHandle } from "../../lib/page-handle.ts";
import { Dialog } from "../../ui/Dialog.tsx";
import { Kbd } from "../../ui/Kbd.tsx";

const EVERYWHERE: readonly Shortcut[] = [
  { keys: ["Ctrl / ⌘", "K"], message: "shell:shortcuts.palette" },
  { keys: ["/"], message: "shell:shortcuts.search" },
  { keys: ["?"], message: "shell:shortcuts.sheet" },
];

export function ShortcutSheet({ open, onOpenChange }: { open: boolean; onOpenChange: (open: boolean) => void }) {
  const { t } = useTranslation();
  const { shortcuts = [] } = usePageHandle();
  return (
    <Dialog open={open} onOpenChange={onOpenChange} title={t("shell:shortcuts.title")}>
      {shortcuts.length > 0 ? <Group title={t("shell:shortcuts.page")} items={shortcuts} /> : null}
      <Group title={t("shell:shortcuts.everywhere")} items={EVERYWHERE} />
    </Dialog>
  );
}

function Group({ title, items }: { title: string; items: readonly Shortcut[] }) {
  const { t } = useTranslation();
  return (
    <section className="mb-4 last:mb-0">
      <h3 className="mb-1 text-xs font-medium text-faint">{title}</h3>
      <dl>
        {items.map(({ keys, message }) => (
          <div
            key={message}
            className="flex items-center justify-between gap-4 border-b border-line py-2 last:border-0"
          >
            <dt>{t(message)}</dt>
            <dd>
              <Kbd keys={keys} />
            </dd>
          </div>
        ))}
      </dl>
    </section>
  );
}
