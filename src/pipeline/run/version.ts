/** The version of this package, as in package.json: a constant, because a bundled program cannot read package.json. */
export const packageVersion = '0.1.0';
