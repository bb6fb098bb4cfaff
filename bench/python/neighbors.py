"""Exact nearest neighbors of all rows among themselves, without themselves, by scikit-learn and faiss."""

import os

import numpy as np

from serve import serve


def prepare(settings):
    n, d, k = settings["rows"], settings["cols"], settings["k"]
    x = np.fromfile(settings["data"], dtype=np.float32).reshape(n, d)
    if settings["method"] == "faiss":
        import faiss

        faiss.omp_set_num_threads(int(os.environ["OMP_NUM_THREADS"]))

        def run():
            index = faiss.IndexFlatL2(d)
            index.add(x)
            return index.search(x, k + 1)[1][:, 1:]

        name = f"faiss {faiss.__version__}, IndexFlatL2"
    else:
        import sklearn
        from sklearn.neighbors import NearestNeighbors

        def run():
            model = NearestNeighbors(n_neighbors=k, algorithm="brute").fit(x)
            return model.kneighbors(return_distance=True)[1]

        name = f"scikit-learn {sklearn.__version__}, brute force"

    def quality(indices):
        indices.astype(np.int32).tofile(settings["found"])
        return {}

    return name, run, quality


serve(prepare)
