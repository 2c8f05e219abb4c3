import type { Rows } from './api.js';
import { formatNumber, type NumberKind } from './format.js';

/** One column of numbers: field, words, kind of number. */
export type Column = readonly [field: string, words: string, kind: NumberKind];

const VISITORS_AND_VIEWS: readonly Column[] = [
  ['visitors', 'Visitors', 'count'],
  ['views', 'Views', 'count'],
];

/** A card with the rows of one report; the first column of numbers is drawn as a bar too. */
export function List({
  title,
  rows: { rows },
  columns = VISITORS_AND_VIEWS,
  isRanked = true,
}: {
  title: string;
  rows: Rows;
  columns?: readonly Column[];
  /** Whether the bars mean something: the rows are ordered by the first column. */
  isRanked?: boolean;
}) {
  const [first = ''] = columns[0] ?? [];
  const top = rows[0]?.metrics[first] || 1;
  return (
    <section class="card">
      <table>
        <caption>{title}</caption>
        <thead>
          <tr>
            <th scope="col">{rows.length === 0 ? 'Nothing yet' : ''}</th>
            {columns.map(([field, words]) => (
              <th scope="col" key={field}>
                {words}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => {
            const value = row.dimensions[0]?.value ?? '';
            const share = (100 * (row.metrics[first] ?? 0)) / top;
            return (
              <tr key={value}>
                <td title={value}>
                  {isRanked && (
                    <i class="share" aria-hidden="true" style={{ width: `${share}%` }} />
                  )}
                  <bdi class="value">{value}</bdi>
                </td>
                {columns.map(([field, , kind]) => (
                  <td key={field}>{formatNumber(row.metrics[field] ?? null, kind)}</td>
                ))}
              </tr>
            );
          })}
        </tbody>
      </table>
    </section>
  );
}
