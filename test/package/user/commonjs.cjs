// A user's program as CommonJS: `require` where this Node takes ES modules by it, `import()` everywhere.
const assert = require('node:assert/strict');

const main = async () => {
  const imported = await import('global-object-embedder');
  assert.equal(
    (
      await imported.PCA.fit([
        [1, 2],
        [3, 5],
      ])
    ).components.cols,
    2,
  );
  if (!process.features.require_module) return 'import()';
  const required = require('global-object-embedder');
  assert.equal(required.PCA, imported.PCA);
  return 'require() and import()';
};

main().then((how) => console.log(`CommonJS by ${how} on Node ${process.versions.node}`));
