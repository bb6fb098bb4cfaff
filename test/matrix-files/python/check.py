"""check.py FOLDER: reads what the tests wrote, ours.* in every format, and compares it with ours.json."""
import json
import sys

import numpy as np
import pyarrow as pa
import pyarrow.feather as feather
import pyarrow.parquet as pq
from gensim.models import KeyedVectors

folder = sys.argv[1] + '/'
with open(f'{folder}ours.json') as file:
    expected = json.load(file)
X = np.array(expected['rows'], dtype='f4')
ids, labels = expected['ids'], expected['labels']
found = {'npy': np.load(f'{folder}ours.npy')}
npz = np.load(f'{folder}ours.npz')
assert npz['ids'].tolist() == ids and npz['labels'].tolist() == labels, 'npz names'
found['npz'] = npz['vectors']
for name, table in [
    ('parquet', pq.read_table(f'{folder}ours.parquet', page_checksum_verification=True)),
    ('arrow', pa.ipc.open_file(f'{folder}ours.arrow').read_all()),
    ('feather', feather.read_table(f'{folder}ours.feather')),
]:
    table.validate(full=True)
    assert table['id'].to_pylist() == ids and table['label'].to_pylist() == labels, name
    found[name] = np.array(table['vector'].to_pylist())
for name, binary in [('bin', True), ('vec', False)]:
    words = KeyedVectors.load_word2vec_format(f'{folder}ours.{name}', binary=binary)
    assert words.index_to_key == ids, name
    found[name] = words.vectors
found['fvecs'] = np.fromfile(f'{folder}ours.fvecs', dtype='i4').reshape(len(ids), -1)[:, 1:].view('f4')
# The Embedding Projector reads vectors without names, and several columns of names with a heading.
found['projector'] = np.loadtxt(f'{folder}vectors.tsv', delimiter='\t')
with open(f'{folder}metadata.tsv') as file:
    assert [line.rstrip('\n').split('\t') for line in file] == [['id', 'label'], *map(list, zip(ids, labels))], 'metadata'
for name, rows in found.items():
    assert rows.shape == X.shape and (rows.astype('f4') == X).all(), name
print(' '.join(found))
