// node synthetic_rows.mjs FOLDER [ROWS] [FILES]: invented rows of audio, text and image, to try paper.py with.
//
// FOLDER/MODALITY gets Parquet files with id, label and vector. ROWS is for each modality, by default 1,000,000: then it takes
// 3 GB of disk, and as much memory as the pictures, 2 GB.
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { synthetic } from 'global-object-embedder';
import { writeMatrix } from 'global-object-embedder/files';

const [folder, count = '1000000', parts = '16'] = process.argv.slice(2);
const rows = Number(count);
const files = Number(parts);
for (const source of synthetic({ rows })) {
  const { modality, ids, labels, vectors } = await source.gather({ limit: rows, seed: 0 });
  const home = join(folder, modality);
  await mkdir(home, { recursive: true });
  for (let part = 0; part < files; part++) {
    const begin = Math.floor((part * rows) / files);
    const end = Math.floor(((part + 1) * rows) / files);
    await writeMatrix(join(home, `part-${String(part).padStart(3, '0')}.parquet`), {
      ids: ids.slice(begin, end),
      labels: labels.slice(begin, end),
      data: vectors.data.subarray(begin * vectors.cols, end * vectors.cols),
      rows: end - begin,
      cols: vectors.cols,
    });
  }
  console.log(`${modality}: ${rows} rows of ${vectors.cols} in ${files} files`);
}
