import pytest

from mnist_exp.benchmark.settings import NETWORKS, epoch_config
from mnist_exp.errors import UserError


@pytest.mark.parametrize(("network", "batch_size"), [("mlp", 32), ("cnn_deep", 128)])
def test_an_epoch_has_all_images_in_fp32_in_batches_of_the_usual_size(network, batch_size):
    config = epoch_config(network, "mnist")
    assert (config.data.batch_size, config.data.val_size) == (batch_size, 0)
    assert (config.trainer.max_epochs, config.trainer.precision) == (1, "32-true")


def test_batch_size_and_threads_can_be_given():
    config = epoch_config("softmax", "mnist5k", batch_size=8, threads=2)
    assert (config.data.name, config.data.batch_size, config.trainer.threads) == ("mnist5k", 8, 2)


def test_an_invalid_batch_size_is_a_user_error():
    with pytest.raises(UserError, match="batch_size"):
        epoch_config("softmax", "mnist5k", batch_size=-1)


@pytest.mark.parametrize("network", NETWORKS)
def test_adam_with_a_constant_rate_trains_every_network(network):
    config = epoch_config(network, "mnist")
    assert (config.model.name, config.optimizer.name, config.optimizer.lr) == (network, "adam", 0.001)
    assert config.schedule.name == "constant"
