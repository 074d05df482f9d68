"""What -m runs. It stands here because Hydra takes plugins from no other package than hydra_plugins;
the work is done in mnist_exp/sweep.py, imported only when a sweep begins, since every Hydra program scans this file."""

from typing import Any

from hydra.core.config_store import ConfigStore
from hydra.core.plugins import Plugins
from hydra.plugins.sweeper import Sweeper
from hydra.types import HydraContext, TaskFunction
from omegaconf import DictConfig


class StudySweeper(Sweeper):
    """The grid of all swept values, in the order typed; planned whole, then run, then concluded."""

    def setup(self, *, hydra_context: HydraContext, task_function: TaskFunction, config: DictConfig) -> None:
        self.config, self.hydra_context = config, hydra_context
        self.launcher = Plugins.instance().instantiate_launcher(
            hydra_context=hydra_context, task_function=task_function, config=config
        )

    def sweep(self, arguments: list[str]) -> Any:
        from mnist_exp.sweeps.sweep import sweep

        assert self.config is not None
        assert self.hydra_context is not None
        assert self.launcher is not None
        return sweep(arguments, self.config, self.hydra_context.config_loader, self.launcher)


ConfigStore.instance().store(
    group="hydra/sweeper",
    name="study",
    node={"_target_": f"{__name__}.{StudySweeper.__name__}"},
    provider="mnist_exp",
)
