"""PCA to k components and the projection, as numpy and scikit-learn users do it."""

import numpy as np

from serve import serve


def covariance(x, k):
    mean = x.mean(axis=0, dtype=np.float64).astype(np.float32)
    centered = x - mean
    scatter = centered.T @ centered
    values, vectors = np.linalg.eigh(scatter)
    components = vectors[:, ::-1][:, :k]
    return centered @ components, values[::-1][:k].astype(np.float64) / (len(x) - 1)


def reference(x, k, file):
    """The variances of k components by float64 throughout, for the errors of all contenders."""
    mean = x.mean(axis=0, dtype=np.float64)
    scatter = np.zeros((x.shape[1], x.shape[1]))
    for start in range(0, len(x), 10_000):
        centered = x[start : start + 10_000] - mean
        scatter += centered.T @ centered
    values = np.linalg.eigvalsh(scatter)[::-1][:k] / (len(x) - 1)
    values.tofile(file)
    return values


def prepare(settings):
    n, d, k = settings["rows"], settings["cols"], settings["components"]
    x = np.fromfile(settings["data"], dtype=np.float32).reshape(n, d)
    expected = reference(x, k, settings["reference"])

    def quality(result):
        return {"varianceError": float(np.abs(result[1] / expected - 1).max())}

    if settings["method"] == "numpy":
        return f"numpy {np.__version__}, float32 covariance + eigh", lambda: covariance(x, k), quality
    import sklearn
    from sklearn.decomposition import PCA

    def run():
        pca = PCA(n_components=k, svd_solver=settings["method"], random_state=0)
        return pca.fit_transform(x), pca.explained_variance_

    return f"scikit-learn {sklearn.__version__}, {settings['method']}", run, quality


serve(prepare)
