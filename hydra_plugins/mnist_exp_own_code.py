"""model=./my_net.py:ResNet and the like: config files that are made from the signature of a class or function.

Hydra accepts plugins only from the package hydra_plugins, so it is here. Every Hydra program imports this file. It adds
to the search path of this project's own configuration alone."""

from hydra.core.config_search_path import ConfigSearchPath
from hydra.core.object_type import ObjectType
from hydra.plugins.config_source import ConfigResult, ConfigSource
from hydra.plugins.search_path_plugin import SearchPathPlugin
from omegaconf import OmegaConf

SCHEME = "own-code"


class OwnCodeSource(ConfigSource):
    """A source of config files for code that is named by the user."""

    @staticmethod
    def scheme() -> str:
        return SCHEME

    def load_config(self, config_path: str) -> ConfigResult:
        from mnist_exp.config import short_forms

        config = OmegaConf.create(short_forms.content(config_path.removesuffix(".yaml")))
        group, _, _ = config_path.partition("/")  # Hydra would take the folders of a file for parts of the package
        return ConfigResult(self.provider, f"{SCHEME}://", config, header={"package": group})

    def available(self) -> bool:
        return True

    def is_group(self, config_path: str) -> bool:
        return False

    def is_config(self, config_path: str) -> bool:
        from mnist_exp.config import short_forms

        return short_forms.is_short_form(config_path.removesuffix(".yaml"))

    def list(self, config_path: str, results_filter: ObjectType | None) -> list[str]:
        return []


class OwnCode(SearchPathPlugin):
    """Searches this source last."""

    def manipulate_search_path(self, search_path: ConfigSearchPath) -> None:
        from mnist_exp.config import CONF

        if any(element.path in (str(CONF), f"file://{CONF}") for element in search_path.get_path()):
            search_path.append("mnist_exp", f"{SCHEME}://")
