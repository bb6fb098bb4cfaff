"""PCA to k components and the projection, as numpy and scikit-learn users do it."""

import numpy as np

from serve import serve


def covariance(x, k):
    mean = x.mean(axis=0, dtype=np.float64).astype(np.float32)
    centred = x - mean
    scatter = centred.T @ centred
    values, vectors = np.linalg.eigh(scatter)
    components = vectors[:, ::-1][:, :k]
    return centred @ components, values[::-1][:k].astype(np.float64) / (len(x) - 1)


def prepare(settings):
    n, d, k = settings["rows"], settings["cols"], settings["components"]
    x = np.fromfile(settings["data"], dtype=np.float32).reshape(n, d)
    if settings["method"] == "numpy":
        return f"numpy {np.__version__}, float32 covariance + eigh", lambda: covariance(x, k), None
    import sklearn
    from sklearn.decomposition import PCA

    def run():
        pca = PCA(n_components=k, svd_solver=settings["method"], random_state=0)
        return pca.fit_transform(x), pca.explained_variance_

    return f"scikit-learn {sklearn.__version__}, {settings['method']}", run, None


serve(prepare)
