"""Trains the model on prepared shards. Resumes from the checkpoint if it exists.

Usage: train.py DATA CHECKPOINT (--steps N | --minutes M) [--from FILE.gguf] [--device cpu|cuda]

The learning rate depends on how much of the steps or minutes has passed. A tenth of it lies between
two evaluations on the held-out shards of the folder; the best weights are kept in CHECKPOINT.best.
Matrices are multiplied in bfloat16 where that is faster: on a GPU, and on some CPUs.
"""

from __future__ import annotations

import argparse
import dataclasses
import os
import pathlib
import time

import torch
from torch import Tensor
from torch.nn import functional

import batches
import gguf
import model as models

ROWS = {"cpu": 6, "cuda": 96}  # of a step
WARM_UP = 100
PEAK = 0.02  # of the matrices' updates, which are orthogonal
PEAK_OTHERS = 3e-3
WEIGHT_DECAY = 0.05  # of the matrices
COOL_DOWN = 0.5  # of the time
EVALUATIONS = 10
REPORTED = {"cpu": 20, "cuda": 100}  # steps between two lines
EVALUATED = {"cpu": 100, "cuda": 2_000}  # sequences of a held-out shard


class Orthogonal(torch.optim.Optimizer):
    """Momentum whose updates are made orthogonal (Muon, Jordan 2024): for weights that are matrices."""

    def __init__(self, weights, dtype: torch.dtype, momentum: float = 0.95):
        super().__init__(weights, {"lr": 0.0, "momentum": momentum})
        self.dtype = dtype

    @torch.no_grad()
    def step(self, closure=None):
        for group in self.param_groups:
            same: dict[torch.Size, list[tuple[Tensor, Tensor]]] = {}
            for weight in group["params"]:
                state = self.state[weight]
                if "moment" not in state:
                    state["moment"] = torch.zeros_like(weight)
                moment = state["moment"]
                moment.lerp_(weight.grad, 1 - group["momentum"])
                same.setdefault(weight.shape, []).append((weight, weight.grad.lerp(moment, group["momentum"])))
            for shape, pairs in same.items():
                scale = group["lr"] * max(1.0, shape[0] / shape[1]) ** 0.5
                for (weight, _), update in zip(pairs, orthogonal(torch.stack([each for _, each in pairs]), self.dtype)):
                    weight.mul_(1 - group["lr"] * WEIGHT_DECAY).add_(update, alpha=-scale)


def orthogonal(matrices: Tensor, dtype: torch.dtype) -> Tensor:
    """About the nearest matrices with orthogonal rows or columns, by a Newton-Schulz iteration."""
    x = matrices.to(dtype)
    tall = x.shape[-2] > x.shape[-1]
    x = x.mT if tall else x
    x = x / (x.norm(dim=(-2, -1), keepdim=True) + 1e-7)
    for _ in range(5):
        square = x @ x.mT
        x = 3.4445 * x + (-4.7750 * square + 2.0315 * square @ square) @ x
    return (x.mT if tall else x).float()


def rate(step: int, passed: float) -> float:
    """How much of the peak: up in a line, level, then down in a line to nothing."""
    return min(1.0, (step + 1) / WARM_UP) * min(1.0, max(0.0, 1 - passed) / COOL_DOWN)


def loss_of(hidden: Tensor, embedding: Tensor, targets: Tensor, weights: Tensor) -> tuple[Tensor, Tensor]:
    """The mean loss of what counts, and that of the answers alone."""
    logits = functional.linear(hidden, embedding).float()
    each = functional.cross_entropy(logits.flatten(0, 1), targets.flatten(), reduction="none").view_as(weights)
    answers = (weights == 1).float()
    return (each * weights).sum() / weights.sum(), ((each * answers).sum() / answers.sum()).detach()


def faster_dtype(device: torch.device) -> torch.dtype:
    """The type to multiply matrices in: bfloat16 takes 60 times as long as float32 on some CPUs."""
    if device.type == "cuda":
        return torch.bfloat16
    times = []
    for dtype in (torch.float32, torch.bfloat16):
        x = torch.randn(256, 256, dtype=dtype)
        x @ x
        began = time.perf_counter()
        x @ x
        times.append(time.perf_counter() - began)
    return torch.bfloat16 if times[1] < times[0] else torch.float32


@torch.no_grad()
def exact(network: models.Model, path: pathlib.Path, device: torch.device, dtype: torch.dtype) -> float:
    """The share of answers of a shard that greedy decoding without a grammar gives word for word.

    An answer is exact if at each of its tokens the expected one is the likeliest after those before it.
    """
    right = total = 0
    for ids, inside in batches.padded(batches.Shard(path, EVALUATED[device.type]), ROWS[device.type] * batches.WIDTH):
        rows = torch.from_numpy(ids).to(device)
        answers = torch.from_numpy(inside[:, 1:]).to(device)
        with torch.autocast(device.type, torch.bfloat16, dtype == torch.bfloat16):
            given = network(rows[:, :-1])[0].argmax(-1)
        right += int(((given == rows[:, 1:]) | ~answers).all(1).sum())
        total += len(rows)
    return right / total


def weights_of(path: pathlib.Path) -> dict[str, Tensor]:
    """The weights in a file; those of a GGUF file are as its 8 bits hold them."""
    if path.suffix == ".gguf":
        return {name: torch.from_numpy(weights) for name, weights in gguf.read(path).items()}
    return torch.load(path, map_location="cpu")["weights"]


def save(path: pathlib.Path, what: dict) -> None:
    partial = path.with_suffix(".part")
    torch.save(what, partial)
    os.replace(partial, path)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=pathlib.Path)
    parser.add_argument("checkpoint", type=pathlib.Path)
    length = parser.add_mutually_exclusive_group(required=True)
    length.add_argument("--steps", type=int)
    length.add_argument("--minutes", type=float)
    parser.add_argument("--from", dest="start", type=pathlib.Path, help="weights to begin with: a GGUF file made here, or CHECKPOINT.best")
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    parser.add_argument("--rows", type=int, help="of 1,024 tokens in a step")
    parser.add_argument("--peak", type=float, default=1.0, help="factor of the learning rates")
    parser.add_argument("--compile", action="store_true", help="compile the network first, which takes about a minute")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--stop-at", type=int, default=0, help="stop there, as if killed")
    options = parser.parse_args()
    torch.manual_seed(options.seed)
    torch.set_num_threads(os.cpu_count() or 1)
    torch.set_float32_matmul_precision("high")
    device = torch.device(options.device)
    dtype = faster_dtype(device)
    network = models.Model(models.Shape()).to(device)
    if options.start:
        network.load_state_dict(weights_of(options.start))
    matrices = [w for n, w in network.named_parameters() if w.dim() == 2 and "embd" not in n]
    others = [w for n, w in network.named_parameters() if w.dim() != 2 or "embd" in n]
    fused = device.type == "cuda"
    optimizers = [Orthogonal(matrices, dtype), torch.optim.AdamW(others, betas=(0.9, 0.95), weight_decay=0.01, fused=fused)]
    step, before, best, passed = 0, 0.0, -1.0, 0.0
    if options.checkpoint.exists():
        kept = torch.load(options.checkpoint, map_location=device)
        network.load_state_dict(kept["weights"])
        for optimizer, state in zip(optimizers, kept["optimizers"]):
            optimizer.load_state_dict(state)
        step, before, best = kept["step"], kept["seconds"], kept["best"]
        passed = step / options.steps if options.steps else before / 60 / options.minutes
    print(f"{sum(w.numel() for w in network.parameters()):,} parameters on {device} in {dtype}, from step {step}", flush=True)
    held_out = sorted(options.data.glob("held-out-*.npz"))
    if not held_out:
        parser.error(f"{options.data} has no held-out shards: run prepare.py first")
    source = batches.ahead(batches.endless(options.data, options.rows or ROWS[device.type], options.seed + step))
    layers, loss_for = list(network.blk), loss_of
    if options.compile:  # one layer is compiled, for all of them
        layers, loss_for = [torch.compile(layer, dynamic=False) for layer in layers], torch.compile(loss_of, dynamic=False)
    began = saved = reported = time.time()
    seen: list[Tensor] = []
    evaluated = int(passed * EVALUATIONS)
    while passed < 1:
        for optimizer, peak in zip(optimizers, (PEAK, PEAK_OTHERS)):
            for group in optimizer.param_groups:
                group["lr"] = peak * options.peak * rate(step, passed)
        ids, targets, weights, sequences = (torch.from_numpy(x).to(device) for x in next(source).arrays())
        with torch.autocast(device.type, torch.bfloat16, dtype == torch.bfloat16):
            hidden = network.packed(ids, sequences, layers)
            loss, answer = loss_for(hidden, network.token_embd.weight, targets.long(), weights)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(others, 1.0)
        for optimizer in optimizers:
            optimizer.step()
            optimizer.zero_grad(set_to_none=True)
        step += 1
        seen.append(answer)
        seconds = before + time.time() - began
        passed = step / options.steps if options.steps else seconds / 60 / options.minutes
        if step % REPORTED[device.type] == 0:
            mean = float(torch.stack(seen).mean())
            speed = len(seen) * ids.numel() / (time.time() - reported)
            print(f"step {step} {100 * passed:.0f} % answers {mean:.4f} tokens/s {speed:.0f}", flush=True)
            seen, reported = [], time.time()
        if int(passed * EVALUATIONS) > evaluated:
            evaluated = int(passed * EVALUATIONS)
            scores = {path.stem: exact(network, path, device, dtype) for path in held_out}
            print(f"step {step} exact", *(f"{name} {100 * score:.2f} %" for name, score in scores.items()), flush=True)
            if sum(scores.values()) >= best:
                best = sum(scores.values())
                save(options.checkpoint.with_suffix(".best"), {"weights": network.state_dict(), "step": step, "shape": dataclasses.asdict(network.shape)})
        if passed >= 1 or step == options.stop_at or time.time() - saved > 120:
            kept = {"weights": network.state_dict(), "optimizers": [o.state_dict() for o in optimizers], "step": step, "seconds": seconds, "best": best, "shape": dataclasses.asdict(network.shape)}
            save(options.checkpoint, kept)
            saved = time.time()
        if step == options.stop_at:
            return


if __name__ == "__main__":
    main()
