import { badInput } from '../query-error.js';
import type { ReportAnswer, ReportQuestion } from './question.js';
import type { SumRow } from './sum-row.js';

/** Rows of one page of an answer. */
const FIRST_MAX = 1000;
const ROWS_DEFAULT = 10;
/** A row of an answer in memory, both sides of a comparison included: twenty numbers each. */
const ROW_BYTES = 1500;

/** How many rows, from the first on, an answer needs to have in order. */
export function neededRows(question: ReportQuestion): number {
  const start = question.after == null ? 0 : cursorIndex(question.after) + 1;
  return Math.max(0, start + (question.first ?? ROWS_DEFAULT));
}

/** The rows of the page that was asked for, and whether there are more. */
export function pageOf(
  rows: readonly SumRow[],
  question: ReportQuestion,
): { rows: readonly SumRow[]; info: ReportAnswer['pageInfo'] } {
  const first = question.first ?? ROWS_DEFAULT;
  if (first < 0 || first > FIRST_MAX) throw badInput(`first must be from 0 to ${FIRST_MAX}`);
  const start = question.after == null ? 0 : cursorIndex(question.after) + 1;
  const page = rows.slice(start, start + first);
  const end = start + page.length;
  const endCursor = page.length === 0 ? null : Buffer.from(`row:${end - 1}`).toString('base64url');
  return { rows: page, info: { hasNextPage: end < rows.length, endCursor } };
}

function cursorIndex(cursor: string): number {
  const match = /^row:(\d{1,9})$/.exec(Buffer.from(cursor, 'base64url').toString());
  if (match === null) throw badInput('after must be an endCursor of an earlier answer');
  return Number(match[1]);
}

/** Bytes that an answer may take: as many rows as were asked for, and the totals. */
export function sizeOf(question: ReportQuestion): number {
  return ROW_BYTES * (Math.max(0, question.first ?? ROWS_DEFAULT) + 1);
}
