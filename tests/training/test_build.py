"""From a configuration to the module that is trained."""

import torch

from mnist_exp.training.build import build_classifier
from mnist_exp.training.classifier import LitClassifier
from mnist_exp.training.fast_loop import FastClassifier


def test_without_a_number_of_steps_the_module_is_for_a_plain_trainer(plain):
    module = build_classifier(plain("model=mlp"))
    assert type(module) is LitClassifier
    assert module.automatic_optimization


def test_with_a_number_of_steps_the_module_is_for_the_fast_loop(plain):
    module = build_classifier(plain("model=mlp", "trainer.gradient_clip=0.5"), 28)
    assert type(module) is FastClassifier
    assert (module.steps_per_epoch, module.gradient_clip, module.automatic_optimization) == (28, 0.5, False)


def test_both_have_the_same_weights_after_the_same_seed(plain):
    modules = []
    for steps in (None, 28):
        torch.manual_seed(3)
        modules.append(build_classifier(plain("model=mlp", "model.activation=mish"), steps))
    for one, other in zip(*(module.parameters() for module in modules), strict=True):
        assert torch.equal(one, other)
