/** The version of this package, as in package.json: a constant, because a bundled program has no package.json to read. */
export const packageVersion = '0.1.0';
