import {
  type DocumentNode,
  type FragmentDefinitionNode,
  GraphQLError,
  Kind,
  type SelectionSetNode,
  type ValidationRule,
} from 'graphql';

/** The dashboard's largest question is 5 deep. */
const DEPTH_MAX = 12;
/** Fields after fragments are put in: the whole overview of the dashboard has about 150. */
const FIELDS_MAX = 2_000;
/** Fields that read rows: each may read a year of them. */
const READS_MAX = 40;
const READS = new Set(['report', 'realtime']);

interface Cost {
  readonly depth: number;
  readonly fields: number;
  readonly reads: number;
}

const NOTHING: Cost = { depth: 0, fields: 0, reads: 0 };

/**
 * Refuses a document that would cost too much, before anything of it runs. Each fragment is counted
 * once and its cost added wherever it is used, so that counting takes no longer than the document.
 */
export const complexityRule: ValidationRule = (context) => ({
  Document(document: DocumentNode) {
    const fragments = new Map<string, FragmentDefinitionNode>();
    for (const definition of document.definitions) {
      if (definition.kind === Kind.FRAGMENT_DEFINITION) {
        fragments.set(definition.name.value, definition);
      }
    }
    const costOf = createCounter(fragments);
    for (const definition of document.definitions) {
      if (definition.kind !== Kind.OPERATION_DEFINITION) continue;
      const cost = costOf(definition.selectionSet);
      const isTooMuch =
        cost.depth > DEPTH_MAX || cost.fields > FIELDS_MAX || cost.reads > READS_MAX;
      if (!isTooMuch) continue;
      const message = `this asks for too much: at most ${DEPTH_MAX} levels (${cost.depth}), ${FIELDS_MAX} fields (${cost.fields}) and ${READS_MAX} reports (${cost.reads})`;
      context.reportError(new GraphQLError(message, { extensions: { code: 'TOO_COMPLEX' } }));
    }
  },
});

function createCounter(
  fragments: ReadonlyMap<string, FragmentDefinitionNode>,
): (set: SelectionSetNode | undefined) => Cost {
  const known = new Map<string, Cost>();
  const costOf = (set: SelectionSetNode | undefined): Cost => {
    let sum = NOTHING;
    for (const selection of set?.selections ?? []) {
      if (selection.kind === Kind.FRAGMENT_SPREAD) sum = add(sum, ofFragment(selection.name.value));
      else if (selection.kind === Kind.INLINE_FRAGMENT)
        sum = add(sum, costOf(selection.selectionSet));
      else {
        const inner = costOf(selection.selectionSet);
        sum = add(sum, {
          depth: inner.depth + 1,
          fields: inner.fields + 1,
          reads: inner.reads + (READS.has(selection.name.value) ? 1 : 0),
        });
      }
    }
    return sum;
  };
  const ofFragment = (name: string): Cost => {
    const cost = known.get(name);
    if (cost !== undefined) return cost;
    // A fragment that contains itself is another rule's fault to report.
    known.set(name, NOTHING);
    const counted = costOf(fragments.get(name)?.selectionSet);
    known.set(name, counted);
    return counted;
  };
  return costOf;
}

function add(a: Cost, b: Cost): Cost {
  return {
    depth: Math.max(a.depth, b.depth),
    fields: Math.min(Number.MAX_SAFE_INTEGER, a.fields + b.fields),
    reads: Math.min(Number.MAX_SAFE_INTEGER, a.reads + b.reads),
  };
}
