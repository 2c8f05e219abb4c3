import { type FieldNode, type GraphQLResolveInfo, Kind, type SelectionSetNode } from 'graphql';
import type { Selection } from '../reports/question.js';

/** Which metrics and parts of a report a client selected, fragments included. */
export function selectionOf(info: GraphQLResolveInfo): Selection {
  const parts = new Map<string, Set<string>>();
  let needsRows = false;
  for (const field of fieldsOf(
    info.fieldNodes.map((node) => node.selectionSet),
    info,
  )) {
    const name = field.name.value;
    if (name === 'rows' || name === 'rowCount' || name === 'pageInfo') needsRows = true;
    if (name === 'meta') needsRows ||= selects(field, 'otherRow', info);
    if (name === 'totals' || name === 'previous') collect(parts, name, field, info);
    if (name !== 'rows') continue;
    for (const part of fieldsOf([field.selectionSet], info)) {
      collect(parts, `rows.${part.name.value}`, part, info);
    }
  }
  const of = (name: string) => parts.get(name) ?? new Set<string>();
  return {
    totals: of('totals'),
    previous: of('previous'),
    rows: of('rows.metrics'),
    rowsPrevious: of('rows.previous'),
    needsRows,
  };
}

function collect(
  parts: Map<string, Set<string>>,
  name: string,
  field: FieldNode,
  info: GraphQLResolveInfo,
): void {
  const names = parts.get(name) ?? new Set<string>();
  for (const { name: metric } of fieldsOf([field.selectionSet], info)) names.add(metric.value);
  parts.set(name, names);
}

function selects(field: FieldNode, name: string, info: GraphQLResolveInfo): boolean {
  return fieldsOf([field.selectionSet], info).some((each) => each.name.value === name);
}

/** Fields of selection sets, with those of fragments. */
function fieldsOf(
  sets: readonly (SelectionSetNode | undefined)[],
  info: GraphQLResolveInfo,
): FieldNode[] {
  const fields: FieldNode[] = [];
  for (const set of sets) {
    for (const selection of set?.selections ?? []) {
      if (selection.kind === Kind.FIELD) fields.push(selection);
      else if (selection.kind === Kind.INLINE_FRAGMENT) {
        fields.push(...fieldsOf([selection.selectionSet], info));
      } else {
        fields.push(...fieldsOf([info.fragments[selection.name.value]?.selectionSet], info));
      }
    }
  }
  return fields;
}
