import lightning.pytorch as pl

import mnist_exp as mx

config = mx.compose("data=mnist5k", "model=cnn", "model.activation=swish")
module = mx.LitClassifier.from_config(config)
data = mx.MNISTDataModule.from_config(config)
trainer = pl.Trainer(max_epochs=1, accelerator="cpu")
trainer.fit(module, datamodule=data)
trainer.test(module, datamodule=data)
