"""Batch normalisation by a whole batch of which each rank holds a share, all as long.

Ioffe, Szegedy (2015), "Batch Normalization: Accelerating deep network training by reducing internal
covariate shift", section 3: the normalisation, and its gradients. torch's SyncBatchNorm does the
same on CUDA, and on CUDA alone.
"""

from __future__ import annotations

from typing import Any

import torch
import torch.distributed as dist
import torch.nn.functional as F  # noqa: N812 (torch's own convention)
from torch import Tensor, nn
from torch.nn.modules.batchnorm import _BatchNorm


def share_norms(network: nn.Module, device: torch.device) -> None:
    """Let every batch normalisation inside `network` see the whole batch in training. Weights,
    statistics and their names stay.
    """
    if device.type == "cuda":
        nn.SyncBatchNorm.convert_sync_batchnorm(network)  # type: ignore[no-untyped-call]
        return
    for parent in list(network.modules()):
        for name, child in parent.named_children():
            if isinstance(child, nn.BatchNorm1d | nn.BatchNorm2d | nn.BatchNorm3d):
                setattr(parent, name, SharedBatchNorm.of(child))


class SharedBatchNorm(_BatchNorm):
    """Takes the place of a `BatchNorm1d`, `2d` or `3d`."""

    @classmethod
    def of(cls, norm: _BatchNorm) -> SharedBatchNorm:
        """With the weights, statistics and settings of `norm`."""
        shared = cls(norm.num_features)
        shared.__dict__.update(norm.__dict__)
        return shared

    def _check_input_dim(self, input: Tensor) -> None:
        """Any (n, channels, ...) is taken: the layer in whose place this stands was made for it."""

    def forward(self, input: Tensor) -> Tensor:
        """(n, channels, ...), normalised per channel."""
        if not self.training:
            return super().forward(input)
        with torch.no_grad():
            mean, variance = _moments(input)
            if self.track_running_stats:
                self._note(mean, variance, _count(input))
        normalised: Tensor = _Normalise.apply(
            input, self.weight, self.bias, mean, variance, self.eps
        )  # type: ignore[no-untyped-call]
        return normalised

    def _note(self, mean: Tensor, variance: Tensor, count: int) -> None:
        """Move the running statistics, as torch's layers do."""
        assert self.running_mean is not None
        assert self.running_var is not None
        assert self.num_batches_tracked is not None
        self.num_batches_tracked += 1
        step = 1 / int(self.num_batches_tracked) if self.momentum is None else self.momentum
        self.running_mean.lerp_(mean, step)
        self.running_var.lerp_(variance * count / max(1, count - 1), step)


class _Normalise(torch.autograd.Function):
    @staticmethod
    def forward(
        ctx: Any,
        x: Tensor,
        weight: Tensor | None,
        bias: Tensor | None,
        mean: Tensor,
        variance: Tensor,
        eps: float,
    ) -> Tensor:
        ctx.save_for_backward(x, weight, mean, torch.rsqrt(variance + eps))
        return F.batch_norm(x, mean, variance, weight, bias, eps=eps)

    @staticmethod
    def backward(ctx: Any, *gradients: Any) -> tuple[Tensor | None, ...]:
        x, weight, mean, scale = ctx.saved_tensors
        (dy,) = gradients
        centred, axes = x - _spread(mean, x), _axes(x)  # as wide as the mean
        sums = torch.stack(
            [dy.sum(axes, dtype=mean.dtype), (dy * centred).sum(axes) * scale]
        )  # what the bias and the weight get from this rank's share
        of_all = sums.clone()
        dist.all_reduce(of_all)
        of_all /= _count(x)
        dx = centred.mul_(_spread(-of_all[1] * scale, x)).add_(dy).sub_(_spread(of_all[0], x))
        dx.mul_(_spread(scale if weight is None else scale * weight, x))
        _, has_weight, has_bias = ctx.needs_input_grad[:3]
        return (
            dx.to(x.dtype), sums[1] if has_weight else None, sums[0] if has_bias else None,
            None, None, None,
        )  # fmt: skip


def _moments(x: Tensor) -> tuple[Tensor, Tensor]:
    """Mean and variance (channels,) of all ranks' values, joined from those of each; float32 at
    least, since sums of bfloat16 lose too much.
    """
    axes = _axes(x)
    mean = x.mean(axes, dtype=torch.promote_types(x.dtype, torch.float32))
    own = torch.stack([mean, (x - _spread(mean, x)).square_().mean(axes)])
    each = [torch.empty_like(own) for _ in range(dist.get_world_size())]
    dist.all_gather(each, own)
    means, variances = torch.stack(each).unbind(1)
    return means.mean(0), variances.mean(0) + means.var(0, correction=0)


def _axes(x: Tensor) -> list[int]:
    return [axis for axis in range(x.ndim) if axis != 1]


def _count(x: Tensor) -> int:
    """Values of a channel, on all ranks."""
    return x.numel() // x.shape[1] * dist.get_world_size()


def _spread(values: Tensor, x: Tensor) -> Tensor:
    """(channels,) as it stands beside `x`."""
    return values.view(1, -1, *[1] * (x.ndim - 2))
