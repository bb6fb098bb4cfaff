"""make.py FOLDER: the same 7 x 4 rows in every form that numpy, pyarrow and gensim write. Value (i, j) is 4 i + j - 13, halved in
files of floats; ids are word0, word1, ...; labels a, b, none, a, ..."""
import gzip
import sys

import numpy as np
import pyarrow as pa
import pyarrow.feather as feather
import pyarrow.parquet as pq
from gensim.models import KeyedVectors

folder = sys.argv[1] + '/'
ROWS, COLS = 7, 4
whole = np.arange(ROWS * COLS).reshape(ROWS, COLS) - 13
X = whole / 2
ids = [f'word{i}' for i in range(ROWS)]
labels = [['a', 'b', None][i % 3] for i in range(ROWS)]

for name, dtype in [('half', '<f2'), ('single', '<f4'), ('double', '<f8'), ('big', '>f4'), ('big-double', '>f8')]:
    np.save(f'{folder}{name}.npy', X.astype(dtype))
for dtype in ['i1', '<i2', '<i4', '<i8', '>i8', '>i2']:
    np.save(f'{folder}whole-{dtype.replace("<", "little-").replace(">", "big-")}.npy', whole.astype(dtype))
np.save(f'{folder}fortran.npy', np.asfortranarray(X))
for version in [(2, 0), (3, 0)]:
    with open(f'{folder}version-{version[0]}.npy', 'wb') as file:
        np.lib.format.write_array(file, X.astype('f4'), version)
np.savez(f'{folder}plain.npz', bias=np.zeros(4), weight=X.astype('f4'), ids=np.array(ids))
np.savez_compressed(f'{folder}compressed.npz', X=np.asfortranarray(X), ids=np.array(ids))
np.savetxt(f'{folder}savetxt.csv', X, delimiter=',')
with gzip.open(f'{folder}savetxt.tsv.gz', 'wb') as file:
    np.savetxt(file, X, delimiter='\t', header='a\tb\tc\td', comments='')

flat = pa.array(X.astype('f4').ravel())
fixed = pa.FixedSizeListArray.from_arrays(flat, COLS)
lists = pa.ListArray.from_arrays(np.arange(0, (ROWS + 1) * COLS, COLS, dtype='i4'), flat)
named = pa.table({'id': ids, 'label': labels, 'vector': fixed})
pq.write_table(named, f'{folder}fixed.parquet')
pq.write_table(pa.table({'embedding': lists, 'n': range(ROWS)}), f'{folder}groups.parquet', row_group_size=3,
               compression='gzip', data_page_version='2.0', write_page_checksum=True)
pq.write_table(pa.table({'e': lists}), f'{folder}streams.parquet', use_dictionary=False,
               column_encoding={'e.list.element': 'BYTE_STREAM_SPLIT'})
pq.write_table(pa.table({'v': pa.array(X.tolist(), pa.list_(pa.float64()))}), f'{folder}brotli.parquet', compression='brotli')
pq.write_table(pa.table({'v': pa.array(X.astype('f2').tolist(), pa.list_(pa.float16()))}), f'{folder}half.parquet')
pq.write_table(pa.table({'v': pa.array(whole.tolist(), pa.list_(pa.int64()))}), f'{folder}whole.parquet', compression='none')
far = np.arange(300 * COLS, dtype='i8').reshape(300, COLS)
far = far * far * 2654435761 % 2**40 - 2**39
encodings = {'v.list.element': 'DELTA_BINARY_PACKED', 'id': 'DELTA_BYTE_ARRAY', 'label': 'DELTA_LENGTH_BYTE_ARRAY'}
pq.write_table(pa.table({'v': pa.array(far.tolist(), pa.list_(pa.int64())), 'id': [f'word{i}' for i in range(300)],
                         'label': [f'{i % 7}' * (i % 5) for i in range(300)]}),
               f'{folder}deltas.parquet', use_dictionary=False, column_encoding=encodings, compression='lz4')
pq.write_table(pa.table({f'c{j}': pa.array(far[:, j] % 2**32 - 2**31, pa.int32()) for j in range(COLS)}),
               f'{folder}small-deltas.parquet', use_dictionary=False, compression='snappy',
               column_encoding={f'c{j}': 'DELTA_BINARY_PACKED' for j in range(COLS)})
pq.write_table(named, f'{folder}lz4.parquet', compression='lz4')
pq.write_table(named, f'{folder}zstd.parquet', compression='zstd')
truth = pa.array((whole % 3 == 0).tolist(), pa.list_(pa.bool_()))
pq.write_table(pa.table({'v': truth}), f'{folder}truth.parquet', use_dictionary=False, data_page_version='2.0',
               column_encoding={'v.list.element': 'RLE'})
wide = {f'c{j}': X[:, j].astype('f8' if j % 2 else 'f4') for j in range(COLS)}
pq.write_table(pa.table({**wide, 'id': ids, 'city': ids}), f'{folder}wide.parquet')

feather.write_feather(named, f'{folder}lz4.feather', compression='lz4', chunksize=3)
dictionary = pa.table({'id': ids, 'label': pa.array(labels).dictionary_encode(), 'vector': lists})
with pa.ipc.new_file(f'{folder}file.arrow', dictionary.schema) as file:
    file.write_table(dictionary, max_chunksize=3)
with pa.ipc.new_stream(f'{folder}stream.arrows', pa.table(wide).schema) as file:
    file.write_table(pa.table(wide))

words = KeyedVectors(COLS)
words.add_vectors(ids, X.astype('f4'))
words.save_word2vec_format(f'{folder}gensim.bin', binary=True)
words.save_word2vec_format(f'{folder}gensim.txt')
