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
    find: (filter) => ({ toArray: command(() => found(filter)) }),
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
    return []; // a range: nobody was revoked
  }
}
