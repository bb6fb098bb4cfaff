"""The variational autoencoder of src/vae in PyTorch, as its users write it: same widths, loss, batches and epochs."""

import numpy as np

from serve import serve


def prepare(settings):
    import torch
    from torch import nn

    torch.set_num_threads(settings["threads"])
    torch.manual_seed(0)
    n, d, latent = settings["rows"], settings["cols"], settings["latent"]
    batch, epochs, beta = settings["batch"], settings["epochs"], settings["beta"]
    x = torch.from_numpy(np.fromfile(settings["data"], dtype=np.float32).reshape(n, d))

    def perceptron(*widths):
        layers = []
        for i in range(len(widths) - 1):
            layers += [nn.Linear(widths[i], widths[i + 1]), nn.ReLU()]
        return nn.Sequential(*layers[:-1])

    def run():
        encoder = perceptron(d, 256, 128, 2 * latent)
        decoder = perceptron(latent, 128, 256, d)
        adam = torch.optim.Adam([*encoder.parameters(), *decoder.parameters()], lr=1e-3, fused=True)
        warmup, step, total = settings["warmup"] * -(-n // batch), 0, 0.0
        for _ in range(epochs):
            order, total = torch.randperm(n), 0.0
            for begin in range(0, n, batch):
                rows = x[order[begin : begin + batch]]
                mean, log_variance = encoder(rows).split(latent, dim=1)
                code = mean + torch.randn_like(mean) * torch.exp(log_variance / 2)
                error = ((decoder(code) - rows) ** 2).sum() / 2
                kl = (mean**2 + log_variance.exp() - 1 - log_variance).sum() / 2
                loss = (error + beta * min(1.0, step / warmup) * kl) / len(rows)
                adam.zero_grad(set_to_none=True)
                loss.backward()
                adam.step()
                total += loss.detach() * len(rows)
                step += 1
        return float(total) / n

    return f"PyTorch {torch.__version__}", run, lambda loss: {"trainingLoss": loss}


serve(prepare)
