"""Trustworthiness of a map and silhouettes of clusters, by scikit-learn."""

import numpy as np
import sklearn
from sklearn.manifold import trustworthiness
from sklearn.metrics import silhouette_score

from serve import serve


def prepare(settings):
    n = settings["rows"]
    x = np.fromfile(settings["data"], dtype=np.float32).reshape(n, settings["cols"])
    y = np.fromfile(settings["map"], dtype=np.float32).reshape(n, 2)
    labels = np.arange(n) % settings["clusters"]

    def run():
        if settings["measure"] == "silhouette":
            return silhouette_score(x, labels)
        return trustworthiness(x, y, n_neighbors=settings["near"])

    return f"scikit-learn {sklearn.__version__}", run, lambda value: {"value": float(value)}


serve(prepare)
