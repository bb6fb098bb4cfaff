"""Linkage trees of points, by fastcluster, scipy and scikit-learn. Heights are left in a file for the comparison."""

import numpy as np

from serve import serve


def prepare(settings):
    n, d, method = settings["rows"], settings["cols"], settings["linkage"]
    x = np.fromfile(settings["data"], dtype=np.float32).reshape(n, d).astype(np.float64)
    package = settings["package"]
    if package == "scikit-learn":
        import sklearn
        from sklearn.cluster import AgglomerativeClustering

        model = AgglomerativeClustering(n_clusters=None, distance_threshold=0, linkage=method)
        return f"scikit-learn {sklearn.__version__}", lambda: model.fit(x).distances_, None
    if package == "scipy":
        import scipy
        from scipy.cluster.hierarchy import linkage

        name, run = f"scipy {scipy.__version__}", lambda: linkage(x, method)[:, 2]
    else:
        import fastcluster

        # linkage_vector needs no distance matrix but knows few methods, and is often the slower one.
        make = getattr(fastcluster, package.split(" ")[1])
        name, run = f"fastcluster {fastcluster.__version__}, {make.__name__}", lambda: make(x, method)[:, 2]

    def quality(heights):
        np.sort(heights).tofile(settings["heights"])
        return {}

    return name, run, quality


serve(prepare)
