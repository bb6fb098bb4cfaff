"""t-SNE as scikit-learn's and openTSNE's users run it."""

import numpy as np

from serve import serve


def prepare(settings):
    x = np.fromfile(settings["data"], dtype=np.float32).reshape(settings["rows"], settings["cols"])
    perplexity, threads, method = settings["perplexity"], settings["threads"], settings["method"]
    if method == "scikit-learn":
        import sklearn
        from sklearn.manifold import TSNE

        name = f"scikit-learn {sklearn.__version__}, 1000 iterations"
        fit = lambda: TSNE(perplexity=perplexity, init="pca", random_state=0, n_jobs=threads).fit_transform(x)
    else:
        import openTSNE

        gradient = "fft" if method.endswith("FFT") else "bh"
        name = f"{method} {openTSNE.__version__}, 750 iterations"
        fit = lambda: openTSNE.TSNE(
            perplexity=perplexity, negative_gradient_method=gradient, n_jobs=threads, random_state=0
        ).fit(x)

    def run():
        np.asarray(fit(), dtype=np.float32).tofile(settings["output"])

    return name, run, None


serve(prepare)
