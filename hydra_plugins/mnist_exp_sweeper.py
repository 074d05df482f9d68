"""The sweeper that -m uses. Hydra accepts plugins only from the package hydra_plugins, so it is here.
Every Hydra program imports this file, so the sweep itself (mnist_exp/sweeps) is imported only when it starts."""

from typing import Any

from hydra.core.config_store import ConfigStore
from hydra.core.plugins import Plugins
from hydra.plugins.sweeper import Sweeper
from hydra.types import HydraContext, TaskFunction
from omegaconf import DictConfig


class StudySweeper(Sweeper):
    """Plans all combinations of the swept values, runs them, and writes the study."""

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
