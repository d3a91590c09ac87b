/** Shares as bars in a table: what it says stands beside each bar, for everybody. */

export type BarRow = Readonly<{ key: string; name: string; share: number; value: string; more?: string }>;

/** `name` heads the first column. Bars are as long as their share of the longest. */
export function BarTable({
  caption,
  name,
  value,
  more,
  rows,
}: {
  caption: string;
  name: string;
  value: string;
  /** Heads a third column. */
  more?: string;
  rows: readonly BarRow[];
}) {
  const most = Math.max(...rows.map(({ share }) => share), Number.EPSILON);
  return (
    <table className="w-full text-left text-sm tabular">
      <caption className="sr-only">{caption}</caption>
      <thead className="text-xs text-faint">
        <tr>
          <th scope="col" className="pb-1.5 font-medium">
            {name}
          </th>
          <th scope="col" className="pb-1.5 pl-3 text-right font-medium whitespace-nowrap">
            {value}
          </th>
          {more === undefined ? null : (
            <th scope="col" className="pb-1.5 pl-3 text-right font-medium whitespace-nowrap">
              {more}
            </th>
          )}
        </tr>
      </thead>
      <tbody>
        {rows.map((row) => (
          <tr key={row.key}>
            {/* oxlint-disable-next-line jsx-a11y/control-has-associated-label -- its text is the name */}
            <th scope="row" className="w-full max-w-0 py-0.5 font-normal">
              <span className="relative block overflow-hidden rounded-sm">
                <span
                  aria-hidden
                  className="absolute inset-y-0 left-0 rounded-sm bg-accent-tint"
                  style={{ width: `${(row.share / most) * 100}%` }}
                />
                <span className="relative block truncate px-2 py-1">{row.name}</span>
              </span>
            </th>
            <td className="pl-3 text-right whitespace-nowrap">{row.value}</td>
            {more === undefined ? null : (
              <td className="pl-3 text-right whitespace-nowrap text-muted">{row.more ?? ""}</td>
            )}
          </tr>
        ))}
      </tbody>
    </table>
  );
}
