"""Steps that are no plain gradient step: round an optimiser, or one step ahead of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn
from torch.optim import Optimizer

Net = Callable[[Tensor], Tensor]


class Sam(Optimizer):  # type: ignore[misc]
    """Sharpness-aware minimisation round any optimiser: the gradient is taken at the point within
    ``radius`` where the loss is highest to first order, and the step is made from here.

    Paper: Foret, Kleiner, Mobahi, Neyshabur. Sharpness-aware minimization for efficiently improving
    generalization. ICLR 2021.
    """

    def __init__(self, base: Optimizer, *, radius: float = 0.05) -> None:
        self.base, self.radius = base, radius

    @property
    def param_groups(self) -> Any:
        """Those of the optimiser inside, also after it has loaded a state."""
        return self.base.param_groups

    def state_dict(self) -> dict[str, Any]:
        """That of the optimiser inside; this one has none of its own."""
        return dict(self.base.state_dict())

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Give the optimiser inside its state back."""
        self.base.load_state_dict(state)

    def zero_grad(self, set_to_none: bool = True) -> None:
        """Forget all gradients."""
        self.base.zero_grad(set_to_none)

    def step(self, closure: Callable[[], Tensor]) -> Tensor:
        """One step; ``closure`` computes the loss and its gradient, and is called twice."""
        loss = closure()
        params = [p for group in self.param_groups for p in group["params"] if p.grad is not None]
        if self.radius and params:
            here = [p.detach().clone() for p in params]
            norm = torch.stack([p.grad.norm() for p in params]).norm()
            with torch.no_grad():
                for p in params:
                    p.add_(p.grad * (self.radius / (norm + 1e-12)))
            closure()
            with torch.no_grad():
                for p, before in zip(params, here, strict=True):
                    p.copy_(before)
        self.base.step()
        return loss


def ahead(net: nn.Module, loss: Callable[[Net], Tensor], lr: float) -> Net:
    """The network after one gradient step of size ``lr`` on ``loss(net)``.

    It is differentiable in whatever else the loss is made of (weights, a teacher); ``net`` itself
    stays as it is.
    """
    here = {name: p.detach().requires_grad_() for name, p in net.named_parameters()}

    def at(params: dict[str, Tensor]) -> Net:
        return lambda x: torch.func.functional_call(net, params, (x,))

    slope = torch.autograd.grad(loss(at(here)), list(here.values()), create_graph=True)
    return at({name: p.detach() - lr * g for (name, p), g in zip(here.items(), slope, strict=True)})
