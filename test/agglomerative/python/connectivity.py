"""connectivity.py: condensed distances of 24 rows, links between them, and scikit-learn's trees of linked clusters, as JSON."""
import json

import numpy as np
import sklearn
from scipy.sparse import coo_matrix
from scipy.spatial.distance import squareform
from sklearn.cluster import AgglomerativeClustering

ROWS = 24
random = np.random.default_rng(3)
distances = random.permutation(ROWS * (ROWS - 1) // 2) / 8 + 1
links = [[int(random.integers(row))] if row else [] for row in range(ROWS)]
for a, b in random.integers(ROWS, size=(ROWS, 2)):
    links[a].append(int(b))
pairs = np.array([[a, b] for a, row in enumerate(links) for b in row if a != b])
graph = coo_matrix((np.ones(len(pairs)), pairs.T), shape=(ROWS, ROWS)).tocsr()

trees = {}
for linkage in ['single', 'complete', 'average']:
    fit = AgglomerativeClustering(n_clusters=None, distance_threshold=0, metric='precomputed', linkage=linkage,
                                  connectivity=graph + graph.T, compute_full_tree=True).fit(squareform(distances))
    trees[linkage] = {'children': np.sort(fit.children_).tolist(), 'heights': fit.distances_.tolist(),
                      'labels': AgglomerativeClustering(n_clusters=5, metric='precomputed', linkage=linkage,
                                                        connectivity=graph + graph.T).fit(squareform(distances)).labels_.tolist()}
print(json.dumps({'version': sklearn.__version__, 'distances': distances.tolist(), 'links': links, 'trees': trees}))
