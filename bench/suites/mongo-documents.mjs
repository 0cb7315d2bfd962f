import { calculateObjectSize } from 'bson';

/**
 * A collection as the store sees it, in memory: enough to count the documents of a load, their bytes as BSON, and the commands. No such server can be
 * installed from a package, so what MongoDB would do with them is not in the figures: indexes, compression, its log.
 */
export function countedDatabase() {
  const documents = new Map();
  const counts = { commands: 0, bytesWritten: 0 };
  const command =
    (run) =>
    async (...given) => {
      counts.commands++;
      return run(...given);
    };
  const collection = {
    find: (filter, limits) => ({ toArray: command(() => limited(found(filter), limits)) }),
    insertMany: command((added) => {
      for (const document of added) {
        if (documents.has(document._id)) throw new Error('this load adds nothing twice');
        documents.set(document._id, document);
        counts.bytesWritten += calculateObjectSize(document);
      }
    }),
    updateOne: command(({ _id }, { $max }) => {
      documents.set(_id, { ...documents.get(_id), ...$max });
      return { matchedCount: 1 };
    }),
    deleteMany: command(() => ({ deletedCount: 0 })), // nothing of a load is old enough
  };
  return {
    database: { collection: () => collection },
    counts,
    get bytes() {
      let sum = 0;
      for (const document of documents.values()) sum += calculateObjectSize(document);
      return sum;
    },
  };

  function found({ _id: asked, $or }) {
    if ($or !== undefined) return $or.flatMap(found);
    if (typeof asked === 'string') return [documents.get(asked)].filter(Boolean);
    if (asked.$in !== undefined) return asked.$in.map((id) => documents.get(id)).filter(Boolean);
    return [...documents.values()].filter(({ _id }) => isWithin(_id, asked));
  }
}

function isWithin(id, { $gt, $gte, $lt }) {
  return ($gt === undefined || id > $gt) && ($gte === undefined || id >= $gte) && ($lt === undefined || id < $lt);
}

/** Sorted by `_id`, where sorting is asked for. */
function limited(documents, { sort, limit } = {}) {
  if (sort === undefined) return documents;
  return documents.toSorted(({ _id: one }, { _id: other }) => (one < other ? -1 : 1) * sort._id).slice(0, limit);
}
