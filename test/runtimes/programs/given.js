/** Keys, and tokens of Node: `install.mjs` writes them in this file's place. */
export const given = { keys: {}, tokens: {}, halves: {} };
