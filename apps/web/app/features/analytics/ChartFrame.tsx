/** A chart under its name, and its table one click away. Screen readers get the table always. */
import { ChartLine, Table2 } from "lucide-react";
import { type ReactNode, useId, useState } from "react";
import { useTranslation } from "react-i18next";
import { cn } from "../../ui/cn.ts";
import { IconButton } from "../../ui/IconButton.tsx";

export type ChartTable = Readonly<{ headings: readonly string[]; rows: readonly (readonly string[])[] }>;

/** @param level of the heading, by where it stands */
export function ChartFrame({
  title,
  note,
  table,
  level = 3,
  children,
}: {
  title: string;
  note?: ReactNode;
  table: ChartTable;
  level?: 2 | 3;
  children: ReactNode;
}) {
  const { t } = useTranslation();
  const [asTable, setAsTable] = useState(false);
  const id = useId();
  const Heading = level === 2 ? "h2" : "h3";
  return (
    <section aria-labelledby={id} className="flex min-w-0 flex-col gap-2">
      <header className="flex items-center justify-between gap-3">
        <Heading id={id} className={cn("min-w-0 font-medium", level === 2 ? "text-md font-semibold" : "text-sm")}>
          {title}
        </Heading>
        <IconButton
          size="sm"
          label={t(asTable ? "analytics:asChart" : "analytics:asTable", { chart: title })}
          icon={asTable ? <ChartLine /> : <Table2 />}
          onClick={() => setAsTable(!asTable)}
        />
      </header>
      {note ? <p className="max-w-prose text-sm text-muted">{note}</p> : null}
      {asTable ? null : children}
      <div
        // A scrolling region must be reachable by keyboard.
        // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex
        {...(asTable ? { tabIndex: 0, role: "region", "aria-label": t("analytics:tableOf", { chart: title }) } : {})}
        className={asTable ? "max-h-72 overflow-y-auto rounded-sm border border-line" : "sr-only"}
      >
        <FigureTable caption={title} table={table} />
      </div>
    </section>
  );
}

function FigureTable({ caption, table: { headings, rows } }: { caption: string; table: ChartTable }) {
  return (
    <table className="w-full text-left text-sm tabular">
      <caption className="sr-only">{caption}</caption>
      <thead className="sticky top-0 bg-raised text-xs text-faint">
        <tr>
          {headings.map((heading) => (
            <th key={heading} scope="col" className="px-3 py-1.5 font-medium">
              {heading}
            </th>
          ))}
        </tr>
      </thead>
      <tbody suppressHydrationWarning>
        {rows.map(([first = "", ...rest]) => (
          <tr key={first} className="border-t border-line">
            <th scope="row" className="px-3 py-1 font-normal text-muted">
              {first}
            </th>
            {rest.map((cell, index) => (
              <td key={headings[index + 1]} className="px-3 py-1">
                {cell}
              </td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  );
}
