import kafkajs, { type PartitionAssigner } from 'kafkajs';

const { MemberAssignment, MemberMetadata } = kafkajs.AssignerProtocol;
const NOTHING = Buffer.alloc(0);

/** Gives the one member of a throw-away group exactly the wanted partitions. */
export function fixedPartitions(partitions: readonly number[]): PartitionAssigner {
  return () => ({
    name: 'FixedPartitions',
    version: 0,
    async assign({ members, topics }) {
      return members.map(({ memberId }, index) => ({
        memberId,
        memberAssignment: encode(topics[0] as string, index === 0 ? partitions : []),
      }));
    },
    protocol: ({ topics }) => ({
      name: 'FixedPartitions',
      metadata: MemberMetadata.encode({ version: 0, topics, userData: NOTHING }),
    }),
  });
}

/**
 * Shares the partitions evenly; whoever has a partition keeps it as long as the shares stay even, so
 * that state need not move. Each member says what it has in its own data.
 */
export function stickyPartitions(
  partitions: number,
  owned: () => readonly number[],
): PartitionAssigner {
  return () => ({
    name: 'HindsightSticky',
    version: 0,
    async assign({ members, topics }) {
      const wishes = new Map(
        members.map(({ memberId, memberMetadata }) => [memberId, ownedIn(memberMetadata)]),
      );
      return [...share(partitions, wishes)].map(([memberId, given]) => ({
        memberId,
        memberAssignment: encode(topics[0] as string, given),
      }));
    },
    protocol: ({ topics }) => ({
      name: 'HindsightSticky',
      metadata: MemberMetadata.encode({
        version: 0,
        topics,
        userData: Buffer.from(JSON.stringify(owned())),
      }),
    }),
  });
}

/** Even shares, with as many partitions as possible where they were: member id → partitions. */
export function share(
  partitions: number,
  wishes: ReadonlyMap<string, readonly number[]>,
): Map<string, number[]> {
  const members = [...wishes.keys()].sort();
  const least = Math.floor(partitions / members.length);
  let larger = partitions % members.length;
  const given = new Map<string, number[]>(members.map((member) => [member, []]));
  const free = new Set(Array.from({ length: partitions }, (_, partition) => partition));
  // Those who have most keep the larger shares.
  const byOwned = [...members].sort(
    (a, b) => (wishes.get(b)?.length ?? 0) - (wishes.get(a)?.length ?? 0),
  );
  const sizes = new Map<string, number>();
  for (const member of byOwned) {
    sizes.set(member, larger > 0 ? least + 1 : least);
    larger -= 1;
    for (const partition of wishes.get(member) ?? []) {
      const mine = given.get(member) as number[];
      if (mine.length < (sizes.get(member) as number) && free.delete(partition))
        mine.push(partition);
    }
  }
  for (const member of byOwned) {
    const mine = given.get(member) as number[];
    for (const partition of free) {
      if (mine.length >= (sizes.get(member) as number)) break;
      free.delete(partition);
      mine.push(partition);
    }
  }
  return given;
}

function encode(topic: string, partitions: readonly number[]): Buffer {
  return MemberAssignment.encode({
    version: 0,
    assignment: { [topic]: [...partitions] },
    userData: NOTHING,
  });
}

function ownedIn(metadata: Buffer): readonly number[] {
  try {
    const text = MemberMetadata.decode(metadata)?.userData.toString() ?? '';
    const list: unknown = JSON.parse(text === '' ? '[]' : text);
    return Array.isArray(list) ? list.filter((each) => Number.isInteger(each)) : [];
  } catch {
    return [];
  }
}
