"""Multilayer perceptrons on top of ``autograd``: modules, losses, optimizers, training.

>>> import nn
>>> model = nn.MLP(2, [4, 1], activation="tanh", seed=1)
>>> history = nn.fit(
...     model,
...     X=[[0, 0], [0, 1], [1, 0], [1, 1]],
...     y=[0, 1, 1, 0],
...     loss="binary_cross_entropy_with_logits",
...     optimizer=nn.SGD(model.parameters(), lr=0.5, momentum=0.9),
...     epochs=500,
...     target_loss=0.01,
... )
>>> history.stopped
'target_loss'

With ``compiled=True`` it is the same training at machine speed: docs/training.md.

Names, defaults and formulas are PyTorch's, where it has them. What differs is that a module takes
one sample at a time and that parameters are single Values, kept in NumPy arrays of objects.
"""

from nn import init, manual
from nn.activations import (
    ACTIVATIONS,
    ELU,
    GELU,
    SELU,
    Activation,
    Identity,
    LeakyReLU,
    LogSigmoid,
    LogSoftmax,
    ReLU,
    Sigmoid,
    SiLU,
    Softmax,
    Softplus,
    Tanh,
)
from nn.clip_grad import clip_grad_norm_, clip_grad_value_
from nn.compiled_loss import CompiledLoss, compile_loss
from nn.drawing import draw
from nn.layers import MLP, Linear, Neuron, Residual, Sequential
from nn.losses import (
    LOSSES,
    binary_cross_entropy,
    binary_cross_entropy_with_logits,
    cross_entropy,
    half_squared_error,
    hinge_loss,
    mse_loss,
)
from nn.lr_scheduler import (
    CosineAnnealingLR,
    ExponentialLR,
    LambdaLR,
    LinearLR,
    LRScheduler,
    MultiStepLR,
    SequentialLR,
    StepLR,
)
from nn.module import IncompatibleKeys, Module, functional_call
from nn.optim import SGD, Adagrad, Adam, AdamW, RMSprop
from nn.optimizer import Optimizer
from nn.parameters import parameters_to_vector, vector_to_parameters
from nn.training import History, TrainingDivergedError, fit

__all__ = [
    "ACTIVATIONS",
    "ELU",
    "GELU",
    "LOSSES",
    "MLP",
    "SELU",
    "SGD",
    "Activation",
    "Adagrad",
    "Adam",
    "AdamW",
    "CompiledLoss",
    "CosineAnnealingLR",
    "ExponentialLR",
    "History",
    "Identity",
    "IncompatibleKeys",
    "LRScheduler",
    "LambdaLR",
    "LeakyReLU",
    "Linear",
    "LinearLR",
    "LogSigmoid",
    "LogSoftmax",
    "Module",
    "MultiStepLR",
    "Neuron",
    "Optimizer",
    "RMSprop",
    "ReLU",
    "Residual",
    "Sequential",
    "SequentialLR",
    "SiLU",
    "Sigmoid",
    "Softmax",
    "Softplus",
    "StepLR",
    "Tanh",
    "TrainingDivergedError",
    "binary_cross_entropy",
    "binary_cross_entropy_with_logits",
    "clip_grad_norm_",
    "clip_grad_value_",
    "compile_loss",
    "cross_entropy",
    "draw",
    "fit",
    "functional_call",
    "half_squared_error",
    "hinge_loss",
    "init",
    "manual",
    "mse_loss",
    "parameters_to_vector",
    "vector_to_parameters",
]
