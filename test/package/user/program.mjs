// A user's program, as it is bundled.
import { agnes, matrix, openSource, PCA, signs } from 'global-object-embedder';

const main = async () => {
  const pca = await PCA.fit(matrix(Float32Array.of(1, 2, 3, 5, 4, 4), 3, 2));
  const tree = agnes([[0], [1], [9]]);
  const smells = await (await openSource('smell', 'smells.jsonl')).gather({ limit: 9, seed: 0 });
  console.log(JSON.stringify([signs.length, pca.components.rows, tree.indices().length, smells.ids]));
};

main();
