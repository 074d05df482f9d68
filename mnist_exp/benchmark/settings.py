"""What is benchmarked: networks, their batch sizes, the training settings, and where the results are written."""

from pathlib import Path

from mnist_exp.config.compose import compose_both
from mnist_exp.config.preflight import check_sizes
from mnist_exp.config.schema import Config

OUTPUT_DIR = Path("multirun/benchmark")
BATCH_SIZES = {"softmax": 32, "mlp": 32, "mlp_deep": 32, "cnn": 128, "cnn_deep": 128}
NETWORKS = list(BATCH_SIZES)


def epoch_config(network: str, data: str, batch_size: int | None = None, threads: int | None = None) -> Config:
    """The configuration that every contender trains: one epoch of all images in fp32 on the CPU.

    Args:
        network: One of NETWORKS.
        data: The name of a data set.
        batch_size: The network's entry in BATCH_SIZES if not given.
        threads: Of ours and the plain PyTorch loop, as trainer.threads.

    Raises:
        UserError: A value is not valid.
    """
    composed, config = compose_both(
        [
            f"model={network}",
            f"data={data}",
            f"data.batch_size={batch_size or BATCH_SIZES[network]}",
            "data.val_size=0",
            "optimizer.lr=0.001",
            "schedule=constant",
            "trainer.max_epochs=1",
            "trainer.precision=32-true",
            "trainer.accelerator=cpu",
            f"trainer.threads={threads or 'null'}",
            "trainer.progress_bar=false",
            "diagnostics.figures=false",
        ]
    )
    check_sizes(composed)
    return config
