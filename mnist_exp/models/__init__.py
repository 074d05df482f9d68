"""The networks and their layers: plain nn.Modules from standardised images to logits."""

from mnist_exp.models.build import build_network
from mnist_exp.models.conv import ConvNet
from mnist_exp.models.dense import DenseNet
from mnist_exp.models.whitened import WhitenedNet

__all__ = ["ConvNet", "DenseNet", "WhitenedNet", "build_network"]
