// A user's script on a platform without a binary: the import works, and the error of the first call says what to do.
import { strict as assert } from 'node:assert';
import { matchZodiac, NativeLoadError, PCA } from 'global-object-embedder';

assert.deepEqual(matchZodiac([[1, 0]]).signOf, [0]);
await assert.rejects(PCA.fit([[1, 2]]), (error) => {
  assert.ok(error instanceof NativeLoadError);
  assert.ok(error.message.includes(`${process.platform}-${process.arch}`), error.message);
  if (process.platform === 'linux') assert.match(error.message, /glibc|musl/);
  assert.match(error.message, /npm run build:native/);
  console.log(error.message);
  return true;
});
