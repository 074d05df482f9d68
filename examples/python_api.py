"""One run and one small sweep from Python, on the 5,000 digits that need no download."""

import mnist_exp as mx

run = mx.train("data=mnist5k", "model=mlp", "model.activation=mish", "trainer.max_epochs=1", seed=3)
print(f"mlp with mish, seed 3: test accuracy {run.test_acc:.2%}")

study = mx.sweep("data=mnist5k", "model=mlp", "model.activation=relu,mish", "trainer.max_epochs=1", seed=range(2))
print(study.summary[["model", "activation", "n", "test_acc_mean"]].to_string(index=False))
